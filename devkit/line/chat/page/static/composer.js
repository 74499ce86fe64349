// The foot of the chat: what the citizen writes, attaches, sticks and taps. Sending never loses what was typed: if the
// simulator cannot be reached the words come back.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { sticker, stickerSet } from "./stickers.js";
import { toast } from "./sheet.js";

/** Builds the composer into the dock; `send` has text, sticker, media and the pickers of the page. */
export function composer(dock, send) {
  const input = el("textarea", {
    rows: "1", placeholder: "Aa", "aria-label": "พิมพ์ข้อความ", "data-testid": "composer-input", enterkeyhint: "send", autocomplete: "off",
  });
  const sendButton = el("button", { type: "button", class: "icon-button send", "aria-label": "ส่ง", "data-testid": "send", on: { click: submit } }, icon("send", 26));
  const inputs = {
    image: hiddenInput("photo-input", "image/*", true), camera: hiddenInput("camera-input", "image/*", false, "environment"),
    video: hiddenInput("video-input", "video/*", false), audio: hiddenInput("audio-input", "audio/*", false),
    file: hiddenInput("file-input", "", false),
  };
  for (const [name, node] of Object.entries(inputs)) {
    node.addEventListener("change", () => {
      const files = [...node.files];
      node.value = "";
      if (files.length > 0) send.media(name === "camera" ? "image" : name, files);
    });
  }

  const tray = el("div", { class: "tray", hidden: true });
  const plus = toggle("plus", "แนบไฟล์", "plus", attachments);
  const smile = toggle("smile", "สติกเกอร์", "stickers", stickers);
  const bar = el("div", { class: "composer" }, plus,
    el("button", { type: "button", class: "icon-button spare", "aria-label": "กล้อง", "data-testid": "camera", on: { click: () => send.camera() } }, icon("camera", 26)),
    el("button", { type: "button", class: "icon-button spare", "aria-label": "รูปภาพ", "data-testid": "photos", on: { click: () => send.photos() } }, icon("photo", 26)),
    el("div", { class: "field" }, input, smile), sendButton);
  dock.prepend(bar, tray, ...Object.values(inputs));

  function attachments() {
    const tile = (name, label, run) => el("button", { type: "button", class: "tile", "data-testid": `attach-${name}`, on: { click: () => { fold(); run(); } } },
      el("span", {}, icon(name, 26)), label);
    return el("div", { class: "tiles" },
      tile("photo", "รูปภาพ", send.photos), tile("camera", "กล้อง", send.camera), tile("video", "วิดีโอ", () => inputs.video.click()),
      tile("file", "ไฟล์", send.files), tile("place", "ตำแหน่ง", send.place), tile("audio", "เสียง", () => inputs.audio.click()));
  }

  function stickers() {
    return el("div", { class: "stickers" }, stickerSet.map((one) => el("button", {
      type: "button", "aria-label": `สติกเกอร์ ${one.words}`, "data-testid": "sticker", "data-sticker-id": one.stickerId,
      on: { click: () => { fold(); send.sticker(one.packageId, one.stickerId); } },
    }, sticker(one.packageId, one.stickerId))));
  }

  function toggle(name, label, key, fill) {
    const node = el("button", { type: "button", class: "icon-button", "aria-label": label, "aria-expanded": "false", "data-testid": key }, icon(name, 26));
    node.addEventListener("click", () => {
      const open = node.getAttribute("aria-expanded") === "true";
      fold();
      if (open) return;
      node.setAttribute("aria-expanded", "true");
      tray.replaceChildren(fill());
      tray.hidden = false;
      send.opened();
    });
    return node;
  }

  function fold() {
    tray.hidden = true;
    for (const node of [plus, smile]) node.setAttribute("aria-expanded", "false");
  }

  function grow() {
    bar.classList.toggle("typing", input.value !== "");
    input.style.setProperty("height", "auto");
    input.style.setProperty("height", `${Math.min(input.scrollHeight, 120)}px`);
  }

  async function submit() {
    const text = input.value;
    if (text.trim() === "") return;
    input.value = "";
    grow();
    input.focus();
    if (await send.text(text)) return;
    input.value = input.value === "" ? text : `${text}\n${input.value}`;
    grow();
  }

  input.addEventListener("input", grow);
  input.addEventListener("focus", () => { fold(); send.opened(); });
  // Enter sends, Shift+Enter breaks the line. Keyboards on a screen may announce the break only as input.
  let shift = false;
  input.addEventListener("keydown", (event) => {
    shift = event.shiftKey;
    if (event.key !== "Enter" || shift || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  input.addEventListener("beforeinput", (event) => {
    if (event.inputType !== "insertLineBreak" || shift || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  input.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (files.length === 0) return;
    event.preventDefault();
    send.media("image", files);
  });

  return {
    fold,
    pick: (name) => inputs[name].click(),
    focus: () => input.focus(),
    /** Puts words into the field for the citizen to finish, as a button that opens the keyboard does. */
    fill(text) {
      if (text) input.value = text;
      grow();
      input.focus();
    },
    voice: () => toast("การอัดเสียงไม่มีในหน้าจำลอง ส่งไฟล์เสียงได้จากปุ่ม +"),
    /** A citizen who has blocked the account, or is not yet its friend, cannot write to it. */
    enable(on) {
      bar.inert = !on;
      bar.hidden = !on;
    },
  };
}

function hiddenInput(testId, accept, multiple, capture) {
  return el("input", { type: "file", hidden: true, accept: accept || undefined, multiple, capture, "data-testid": testId, tabindex: "-1" });
}
