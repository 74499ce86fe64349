// One message as it stands in the chat. The words come in by text nodes only.

import { el, picture, mediaAddress, webAddress } from "./dom.js";
import { icon } from "./icons.js";
import { flex } from "./flex.js";
import { template, imagemap } from "./templates.js";
import { sticker } from "./stickers.js";
import { drawMap } from "./map.js";
import { sheet, viewer } from "./sheet.js";

/** Draws what a message says; `wide` on the node asks the row to use the whole width. */
export function content(entry, act) {
  const message = entry.message ?? {};
  switch (message.type) {
    case "text": return words(message.text ?? "", message);
    case "textV2": return words(substituted(message), message);
    case "image": return image(entry);
    case "video": return video(entry);
    case "audio": return audio(entry);
    case "file": return file(entry);
    case "location": return location(message);
    case "sticker": return el("div", { class: "sticker" }, sticker(message.packageId, message.stickerId));
    case "flex": return card(flex(message.contents, act), message);
    case "template": return card(template(message.template, act), message);
    case "imagemap": return card(imagemap(message, act), message);
    default: return el("div", { class: "bubble faint" }, message.altText ?? `ข้อความชนิด ${message.type ?? "ที่ไม่รู้จัก"}`);
  }
}

function card(node, message) {
  node.classList.add("card");
  if (message.altText) node.setAttribute("data-alt-text", message.altText);
  if (node.classList.contains("fx-rail")) node.dataset.wide = "row";
  else if (node.classList.contains("fx-giga")) node.dataset.wide = "card";
  return node;
}

function words(text, message) {
  return el("div", { class: "bubble" }, linked(text, message.emojis));
}

// A LINE emoji is a "$" in the text with its place told beside it; web addresses become links.
function linked(text, emojis = []) {
  const nodes = [];
  let from = 0;
  for (const one of [...emojis].sort((a, b) => a.index - b.index)) {
    if (!Number.isInteger(one.index) || one.index < from) continue;
    nodes.push(...links(text.slice(from, one.index)), el("span", { class: "emoji", role: "img", "aria-label": "อีโมจิ" }, icon("smile", 20)));
    from = one.index + (one.length ?? 1);
  }
  nodes.push(...links(text.slice(from)));
  return nodes;
}

function links(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"'\u0e00-\u0e7f]+/gi)) {
    const shown = found[0].replace(/[.,;:!?)\]]+$/, "");
    const address = webAddress(shown);
    if (!address) continue;
    nodes.push(text.slice(from, found.index), el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, shown));
    from = found.index + shown.length;
  }
  nodes.push(text.slice(from));
  return nodes.filter((node) => node !== "");
}

// textV2 names its parts: {key} stands for a mention or an emoji, doubled braces for themselves.
function substituted(message) {
  return (message.text ?? "").replace(/\{\{|\}\}|\{([0-9a-zA-Z_]{1,20})\}/g, (all, key) => {
    if (all === "{{") return "{";
    if (all === "}}") return "}";
    const part = message.substitution?.[key];
    if (part?.type === "mention") return part.mentionee?.type === "all" ? "@ทุกคน" : "@สมาชิก";
    return part ? "☺" : all;
  });
}

/** The address of a picture in full, and of a smaller one to show first. */
export function imageSource(entry) {
  const { message } = entry;
  const provider = message.contentProvider ?? {};
  const full = entry.contentUrl ?? message.originalContentUrl ?? provider.originalContentUrl;
  return { full, small: entry.contentUrl ?? message.previewImageUrl ?? provider.previewImageUrl ?? full, alt: entry.from === "user" ? "รูปที่ส่ง" : "รูปจากบัญชีทางการ" };
}

function image(entry) {
  const source = imageSource(entry);
  return el("button", { type: "button", class: "photo", "aria-label": "ดูรูปเต็มจอ", on: { click: () => viewer([source]) } },
    picture(source.small, source.alt));
}

/** Several pictures sent at once, as one block. `marks` names each picture for scripts. */
export function album(entries, marks) {
  const sources = entries.map(imageSource);
  return el("div", { class: `album album-${Math.min(entries.length, 4) === 1 ? 1 : entries.length % 3 === 0 ? 3 : 2}` },
    entries.map((entry, index) => el("button", {
      type: "button", "aria-label": `ดูรูปที่ ${index + 1} จาก ${entries.length}`, ...marks(entry),
      on: { click: () => viewer(sources, index) },
    }, picture(sources[index].small, ""))));
}

function video(entry) {
  const source = entry.contentUrl ?? entry.message.originalContentUrl ?? entry.message.contentProvider?.originalContentUrl;
  const poster = entry.message.previewImageUrl ?? entry.message.contentProvider?.previewImageUrl;
  return el("video", {
    class: "film", src: mediaAddress(source), poster: mediaAddress(poster), controls: true, preload: "metadata", playsinline: true,
    "aria-label": "วิดีโอ",
  });
}

function audio(entry) {
  const source = mediaAddress(entry.contentUrl ?? entry.message.originalContentUrl ?? entry.message.contentProvider?.originalContentUrl);
  const sound = el("audio", { src: source, preload: "metadata" });
  const face = el("button", { type: "button", class: "audio-play", "aria-label": "เล่นเสียง" }, icon("play", 22));
  const length = el("span", { class: "audio-length" }, clock((entry.message.duration ?? 0) / 1000));
  const bar = el("progress", { max: "1", value: "0", "aria-label": "เล่นไปแล้ว" });
  face.addEventListener("click", () => (sound.paused ? sound.play().catch(() => { length.textContent = "เล่นไม่ได้"; }) : sound.pause()));
  const mark = () => {
    face.replaceChildren(icon(sound.paused ? "play" : "pause", 22));
    face.setAttribute("aria-label", sound.paused ? "เล่นเสียง" : "หยุดเสียง");
  };
  sound.addEventListener("play", mark);
  sound.addEventListener("pause", mark);
  sound.addEventListener("loadedmetadata", () => { if (Number.isFinite(sound.duration)) length.textContent = clock(sound.duration); });
  sound.addEventListener("timeupdate", () => { if (sound.duration) bar.value = sound.currentTime / sound.duration; });
  return el("div", { class: "bubble audio" }, face, bar, length, sound);
}

function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** 1536 -> "1.5 KB" */
export function size(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1024) return `${bytes} B`;
  const [value, unit] = bytes < 1024 * 1024 ? [bytes / 1024, "KB"] : [bytes / 1024 / 1024, "MB"];
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)} ${unit}`;
}

function file(entry) {
  const { fileName = "ไฟล์", fileSize } = entry.message;
  const face = [el("span", { class: "file-icon" }, icon("file", 26)),
    el("span", { class: "file-words" }, el("span", { class: "file-name" }, fileName), el("span", { class: "file-size" }, size(fileSize)))];
  const source = mediaAddress(entry.contentUrl);
  if (!source) return el("div", { class: "bubble file" }, face);
  return el("a", { class: "bubble file", href: source, target: "_blank", rel: "noopener noreferrer", "aria-label": `เปิดไฟล์ ${fileName}` }, face);
}

function location(message) {
  const name = message.title || "ตำแหน่งที่แชร์";
  const open = () => sheet(name, () => [
    el("div", { class: "map big" }, drawMap(message.latitude, message.longitude, { pin: true })),
    el("p", { class: "map-words" }, message.address ?? ""),
    el("p", { class: "map-words faint" }, `${message.latitude}, ${message.longitude}`),
  ], { testId: "map-view" });
  return el("button", { type: "button", class: "place", "aria-label": `ตำแหน่ง ${name}`, on: { click: open } },
    el("span", { class: "map" }, drawMap(message.latitude, message.longitude, { pin: true })),
    el("span", { class: "place-words" }, el("strong", {}, name), el("span", {}, message.address ?? "")));
}
