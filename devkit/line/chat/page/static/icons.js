// Line icons on a 24 x 24 grid, drawn for this page.

import { svg } from "./dom.js";

const PATHS = {
  back: ["M15 4.5 7.5 12l7.5 7.5"],
  menu: ["M4 6.5h16", "M4 12h16", "M4 17.5h16"],
  plus: ["M12 5v14", "M5 12h14"],
  close: ["M6 6l12 12", "M18 6 6 18"],
  camera: ["M4 8.5h3.5L9 6h6l1.5 2.5H20v10.5H4z", "M12 10.2a3.3 3.3 0 1 0 0 6.6a3.3 3.3 0 1 0 0-6.6"],
  photo: ["M4.5 5h15v14h-15z", "M5 16.5l4.5-4.5 3.5 3.5 2.5-2.5 3.8 3.8", "M15.3 8.3a1.1 1.1 0 1 0 .01 0"],
  video: ["M3.5 6.5h12v11h-12z", "M15.5 10.5l5-3v9l-5-3"],
  audio: ["M9 18V6l10-2v12", "M9 18a2.5 2.5 0 1 1-2.5-2.5H9", "M19 16a2.5 2.5 0 1 1-2.5-2.5H19"],
  file: ["M6 3.5h8l4.5 4.5v12.5H6z", "M14 3.5V8h4.5"],
  place: ["M12 21c-4-4.5-6.3-7.8-6.3-11a6.3 6.3 0 0 1 12.6 0c0 3.2-2.3 6.5-6.3 11z", "M12 7.7a2.3 2.3 0 1 0 .01 0"],
  smile: ["M12 3.5a8.5 8.5 0 1 0 .01 0", "M8.3 14c.8 1.5 2.1 2.3 3.7 2.3s2.9-.8 3.7-2.3", "M9 9.5v.8", "M15 9.5v.8"],
  calendar: ["M4.5 6h15v13.5h-15z", "M4.5 10h15", "M8.5 3.5V7", "M15.5 3.5V7"],
  more: ["M6 12h.01", "M12 12h.01", "M18 12h.01"],
  down: ["M6 9.5l6 6 6-6"],
  up: ["M6 14.5l6-6 6 6"],
  left: ["M14.5 5.5 8 12l6.5 6.5"],
  right: ["M9.5 5.5 16 12l-6.5 6.5"],
  link: ["M9 6.5H5.5v12h12V15", "M13 5h6v6", "M19 5l-8.5 8.5"],
  undo: ["M8.5 5 4.5 9l4 4", "M4.5 9h9a5.5 5.5 0 0 1 0 11H8"],
  copy: ["M8.5 8.5h11v11h-11z", "M5 15.5H4.5v-11h11V5"],
  pen: ["M4.5 19.5l1-4.5L16 4.5l3.5 3.5L9 18.5z", "M13.5 7l3.5 3.5"],
  people: ["M9 5.2a3.2 3.2 0 1 0 .01 0", "M3 19c.6-3.6 3-5.4 6-5.4s5.4 1.8 6 5.4", "M16.5 6.5a2.6 2.6 0 1 1 .01 5", "M18 14c1.8.6 2.8 2.2 3 5"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
};

const FILLED = {
  send: "M3.5 4.3 21.5 12 3.5 19.7l2.3-6.7L14 12 5.8 11z",
  shield: "M12 2.5l7.5 2.7v6c0 4.7-3 8.3-7.5 10.3-4.5-2-7.5-5.6-7.5-10.3v-6z",
  play: "M8 5.5v13l11-6.5z",
  pause: "M7 5.5h3.5v13H7zM13.5 5.5H17v13h-3.5z",
  pin: "M12 22c-4.3-5-6.8-8.5-6.8-12a6.8 6.8 0 0 1 13.6 0c0 3.5-2.5 7-6.8 12zm0-14.6a2.7 2.7 0 1 0 .01 0z",
};

/** An icon by its name; decoration only, the control around it carries the label. */
export function icon(name, size = 24) {
  const frame = { viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true", focusable: "false", class: "icon" };
  if (FILLED[name]) {
    return svg("svg", frame, svg("path", { d: FILLED[name], fill: "currentColor", "fill-rule": "evenodd" }));
  }
  const lines = (PATHS[name] ?? PATHS.more).map((d) => svg("path", { d }));
  return svg("svg", frame, svg("g", {
    fill: "none", stroke: "currentColor", "stroke-width": name === "more" ? 2.8 : 1.8,
    "stroke-linecap": "round", "stroke-linejoin": "round",
  }, lines));
}
