// Stickers drawn for this page. LINE's own pictures are not ours to show; the numbers are those of a package every
// official account may use, so a message carries what the platform would send.

import { svg } from "./dom.js";

const PACKAGE = "446";
const SET = [
  { id: "1988", words: "สวัสดี", tone: "#ffd35c", eyes: "open", mouth: "smile" },
  { id: "1989", words: "ขอบคุณ", tone: "#ffb3b8", eyes: "happy", mouth: "smile" },
  { id: "1990", words: "โอเค", tone: "#9fdc8a", eyes: "wink", mouth: "smile" },
  { id: "1991", words: "เยี่ยม!", tone: "#ffc46b", eyes: "happy", mouth: "laugh" },
  { id: "1992", words: "เศร้า", tone: "#a9cdf2", eyes: "open", mouth: "sad" },
  { id: "1993", words: "ตกใจ", tone: "#d9c2f0", eyes: "wide", mouth: "round" },
  { id: "1994", words: "สู้ ๆ", tone: "#ff9f80", eyes: "open", mouth: "laugh" },
  { id: "1995", words: "รอก่อนนะ", tone: "#cfe6e0", eyes: "closed", mouth: "flat" },
];

/** The stickers that can be sent from this page. */
export const stickerSet = SET.map(({ id, words }) => ({ packageId: PACKAGE, stickerId: id, words }));

/** Draws a sticker by its numbers; one that is not of the set gets a plain face with its number under it. */
export function sticker(packageId, stickerId) {
  const known = String(packageId) === PACKAGE ? SET.find((one) => one.id === String(stickerId)) : undefined;
  const look = known ?? { words: `สติกเกอร์ ${stickerId ?? ""}`, tone: "#e3e6ec", eyes: "open", mouth: "smile" };
  return svg("svg", { viewBox: "0 0 120 120", class: "sticker-art", role: "img", "aria-label": look.words },
    svg("ellipse", { cx: 60, cy: 94, rx: 30, ry: 4, fill: "#000", opacity: ".12" }),
    svg("circle", { cx: 60, cy: 50, r: 41, fill: look.tone, stroke: "#5b4636", "stroke-width": 3 }),
    svg("ellipse", { cx: 34, cy: 60, rx: 7, ry: 4.5, fill: "#ff8f8f", opacity: ".55" }),
    svg("ellipse", { cx: 86, cy: 60, rx: 7, ry: 4.5, fill: "#ff8f8f", opacity: ".55" }),
    eyes(look.eyes), mouth(look.mouth),
    svg("text", {
      x: 60, y: 112, "text-anchor": "middle", "font-size": 17, "font-weight": 700, fill: "#5b4636", stroke: "#fff",
      "stroke-width": 5, "paint-order": "stroke", "stroke-linejoin": "round",
    }, look.words));
}

const PEN = { fill: "none", stroke: "#5b4636", "stroke-width": 3.5, "stroke-linecap": "round" };

function eyes(kind) {
  const dot = (cx, r = 4.5) => svg("circle", { cx, cy: 45, r, fill: "#5b4636" });
  const arc = (x) => svg("path", { d: `M${x - 7} 47 Q${x} 38 ${x + 7} 47`, ...PEN });
  const line = (x) => svg("path", { d: `M${x - 6} 46 h12`, ...PEN });
  switch (kind) {
    case "happy": return svg("g", {}, arc(45), arc(75));
    case "wink": return svg("g", {}, dot(45), arc(75));
    case "closed": return svg("g", {}, line(45), line(75));
    case "wide": return svg("g", {}, dot(45, 6.5), dot(75, 6.5));
    default: return svg("g", {}, dot(45), dot(75));
  }
}

function mouth(kind) {
  switch (kind) {
    case "laugh": return svg("path", { d: "M44 60 Q60 84 76 60 Z", fill: "#7c2f2f", stroke: "#5b4636", "stroke-width": 3 });
    case "sad": return svg("path", { d: "M47 71 Q60 59 73 71", ...PEN });
    case "round": return svg("ellipse", { cx: 60, cy: 68, rx: 6.5, ry: 8, fill: "#7c2f2f", stroke: "#5b4636", "stroke-width": 3 });
    case "flat": return svg("path", { d: "M50 66 h20", ...PEN });
    default: return svg("path", { d: "M46 62 Q60 75 74 62", ...PEN });
  }
}
