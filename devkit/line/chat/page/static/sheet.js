// What lies over the chat: sheets from below, the picture viewer, small menus and passing notes. While something is
// open the chat behind it is inert, Escape closes it, and the focus goes back to where it was.

import { el, picture } from "./dom.js";
import { icon } from "./icons.js";

const overlay = document.getElementById("overlay");
const room = document.getElementById("room");
const note = document.getElementById("toast");

/** Opens a sheet; `content` gets a function that closes it and may return nodes for the body. */
export function sheet(title, content, { kind = "sheet", testId } = {}) {
  const before = document.activeElement;
  const close = () => {
    if (!frame.isConnected) return;
    frame.remove();
    document.removeEventListener("keydown", escape);
    if (overlay.childElementCount === 0) {
      overlay.classList.remove("open");
      room.inert = false;
    }
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  };
  const escape = (event) => { if (event.key === "Escape") close(); };
  const heading = el("div", { class: "sheet-head" },
    el("button", { type: "button", class: "icon-button", "aria-label": "ปิด", "data-testid": "sheet-close", on: { click: close } }, icon("close", 22)),
    el("h2", {}, title), el("span", { class: "icon-button", "aria-hidden": "true" }));
  const body = el("div", { class: "sheet-body" });
  const frame = el("div", { class: `layer layer-${kind}` },
    el("div", { class: "shade", on: { click: close } }),
    el("div", { class: `panel ${kind}`, role: "dialog", "aria-modal": "true", "aria-label": title, tabindex: "-1", "data-testid": testId }, heading, body));
  body.append(...[content(close)].flat().filter(Boolean));
  overlay.append(frame);
  overlay.classList.add("open");
  room.inert = true;
  document.addEventListener("keydown", escape);
  (body.querySelector("[autofocus]") ?? frame.lastElementChild).focus({ preventScroll: true });
  return close;
}

/** Shows pictures full size, starting with one of them. */
export function viewer(pictures, first = 0) {
  let index = first;
  sheet("รูปภาพ", () => {
    const stand = el("div", { class: "view-stand" });
    const count = el("p", { class: "view-count", "aria-live": "polite" });
    const show = (next) => {
      index = (next + pictures.length) % pictures.length;
      stand.replaceChildren(picture(pictures[index].full, pictures[index].alt ?? "รูปภาพในการสนทนา", { "data-testid": "viewer-image" }));
      count.textContent = pictures.length > 1 ? `${index + 1} / ${pictures.length}` : "";
    };
    show(first);
    const turn = (name, label, step) => el("button", {
      type: "button", class: `icon-button view-${name}`, "aria-label": label, on: { click: () => show(index + step) },
    }, icon(name));
    return [stand, count, pictures.length > 1 ? [turn("left", "รูปก่อนหน้า", -1), turn("right", "รูปถัดไป", 1)] : []].flat();
  }, { kind: "viewer", testId: "viewer" });
}

/** A short list of choices about one thing. */
export function choices(title, entries) {
  sheet(title, (close) => entries.map(({ label, icon: name, run, danger, testId }) => el("button", {
    type: "button", class: `choice${danger ? " danger" : ""}`, "data-testid": testId,
    on: { click: () => { close(); run(); } },
  }, icon(name, 20), label)), { kind: "choices" });
}

let fade;

/** A passing note at the bottom of the chat. */
export function toast(words) {
  note.textContent = words;
  note.classList.add("shown");
  clearTimeout(fade);
  fade = setTimeout(() => note.classList.remove("shown"), 3500);
}
