// Choosing photos and files: one's own from the device, or the samples.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { sheet, toast } from "./sheet.js";
import { samplePhotos, sampleFiles } from "./samples.js";

/** The photo picker: several, in the order in which they are ticked, as in the app. */
export function pickPhotos({ own, send }) {
  sheet("เลือกรูปภาพ", (close) => {
    const chosen = [];
    const go = el("button", { type: "button", class: "main-button", disabled: true, "data-testid": "photo-send" }, "ส่ง");
    const tiles = samplePhotos().map((photo, index) => {
      const tick = el("span", { class: "tick" });
      const tile = el("button", { type: "button", class: "photo-tile", "aria-pressed": "false", "aria-label": photo.name, "data-testid": `photo-sample-${index}` },
        photo.canvas, tick, el("span", { class: "photo-name" }, photo.name));
      tile.addEventListener("click", () => {
        const at = chosen.indexOf(photo);
        if (at >= 0) chosen.splice(at, 1);
        else chosen.push(photo);
        mark();
      });
      return { photo, tile, tick };
    });
    const mark = () => {
      for (const { photo, tile, tick } of tiles) {
        const at = chosen.indexOf(photo);
        tile.setAttribute("aria-pressed", String(at >= 0));
        tick.textContent = at >= 0 ? String(at + 1) : "";
      }
      go.disabled = chosen.length === 0;
      go.textContent = chosen.length > 0 ? `ส่ง (${chosen.length})` : "ส่ง";
    };
    go.addEventListener("click", async () => {
      close();
      send(await filesOf(chosen));
    });
    return [
      deviceButton("photo", "เลือกจากเครื่องนี้", "photo-device", () => { close(); own(); }),
      el("p", { class: "hint" }, "หรือใช้รูปตัวอย่าง"),
      el("div", { class: "photo-grid" }, tiles.map(({ tile }) => tile)), go,
    ];
  }, { testId: "photo-picker" });
}

/** The camera: the device's own on a phone, or one shot of a sample view. */
export function takePhoto({ own, send }) {
  sheet("กล้อง", (close) => [
    deviceButton("camera", "ถ่ายด้วยกล้องของเครื่องนี้", "camera-device", () => { close(); own(); }),
    el("p", { class: "hint" }, "หรือแตะภาพตัวอย่างเพื่อถ่าย"),
    el("div", { class: "photo-grid" }, samplePhotos().map((photo, index) => el("button", {
      type: "button", class: "photo-tile", "aria-label": photo.name, "data-testid": `camera-sample-${index}`,
      on: { click: async () => { close(); send(await filesOf([photo])); } },
    }, photo.canvas, el("span", { class: "photo-name" }, photo.name)))),
  ], { testId: "camera-picker" });
}

/** Files: one's own, or a sample paper. */
export function pickFile({ own, send }) {
  sheet("ส่งไฟล์", (close) => [
    deviceButton("file", "เลือกจากเครื่องนี้", "file-device", () => { close(); own(); }),
    el("p", { class: "hint" }, "หรือใช้ไฟล์ตัวอย่าง"),
    ...sampleFiles.map((sample, index) => el("button", {
      type: "button", class: "choice", "data-testid": `file-sample-${index}`, on: { click: () => { close(); send([sample.file()]); } },
    }, icon("file", 22), sample.name)),
  ], { testId: "file-picker" });
}

function deviceButton(name, label, testId, run) {
  return el("button", { type: "button", class: "choice device", "data-testid": testId, on: { click: run } }, icon(name, 22), label);
}

async function filesOf(photos) {
  try {
    return await Promise.all(photos.map((photo) => photo.file()));
  } catch (error) {
    toast(error.message);
    return [];
  }
}
