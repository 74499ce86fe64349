// The location picker: move the ground under the pin, or take a place from the list.

import { el, dragScroll } from "./dom.js";
import { icon } from "./icons.js";
import { sheet } from "./sheet.js";
import { drawMap, SCALE } from "./map.js";

// The first four lie in the places that the demo agencies look after, the last one in none of them.
const PLACES = [
  { title: "หน้าโรงเรียนตัวอย่าง", address: "ซอย 4 ต.ตัวอย่าง อ.เมือง จ.ตัวอย่าง 10000", latitude: 13.362, longitude: 100.9851 },
  { title: "ตลาดสดเทศบาลตัวอย่าง", address: "ถนนตัวอย่าง 2 ต.ตัวอย่าง อ.เมือง จ.ตัวอย่าง 10000", latitude: 13.3602, longitude: 100.9866 },
  { title: "ปากซอยตัวอย่าง 7", address: "ถนนตัวอย่าง ต.ตัวอย่าง อ.เมือง จ.ตัวอย่าง 10000", latitude: 13.3641, longitude: 100.99 },
  { title: "สะพานทุ่งตัวอย่าง", address: "หมู่ 1 ต.ทุ่งตัวอย่าง อ.เมือง จ.ตัวอย่าง 10000", latitude: 13.4395, longitude: 101.0888 },
  { title: "ศาลาว่าการกรุงเทพมหานคร", address: "ถนนดินสอ แขวงบวรนิเวศ เขตพระนคร กรุงเทพมหานคร 10200", latitude: 13.754, longitude: 100.5014 },
];

/** Opens the picker; `send` gets {title, address, latitude, longitude}. */
export function pickPlace(send) {
  sheet("แชร์ตำแหน่ง", (close) => {
    let base = PLACES[0];
    const latitude = numberField("ละติจูด", "location-latitude", base.latitude, -90, 90);
    const longitude = numberField("ลองจิจูด", "location-longitude", base.longitude, -180, 180);
    const title = el("input", { type: "text", maxlength: "100", "data-testid": "location-title", value: base.title });
    const address = el("input", { type: "text", maxlength: "100", "data-testid": "location-address", value: base.address });
    const ground = el("div", { class: "ground-holder" });
    const map = el("div", {
      class: "map big pickable", tabindex: "0", role: "application", "aria-label": "แผนที่ ลากหรือใช้ปุ่มลูกศรเพื่อเลื่อนหมุด", "data-testid": "location-map",
    }, ground, el("span", { class: "pin" }, icon("pin", 38)));

    const at = () => ({ latitude: round(latitude.value), longitude: round(longitude.value) });
    const draw = () => ground.replaceChildren(drawMap(at().latitude, at().longitude));
    const move = (lat, lon) => {
      latitude.value = round(Math.max(-90, Math.min(90, lat)));
      longitude.value = round(Math.max(-180, Math.min(180, lon)));
      draw();
    };
    const moved = () => {
      // Away from the chosen place its name no longer fits; its neighbourhood does.
      const far = Math.hypot(at().latitude - base.latitude, at().longitude - base.longitude) > 0.0004;
      title.value = far ? `ใกล้${base.title}` : base.title;
    };
    const choose = (place) => {
      base = place;
      title.value = place.title;
      address.value = place.address;
      move(place.latitude, place.longitude);
      for (const node of list.children) node.setAttribute("aria-pressed", String(node.dataset.place === place.title));
    };
    const list = el("div", { class: "places" }, PLACES.map((place, index) => el("button", {
      type: "button", class: "choice", "aria-pressed": String(index === 0), "data-place": place.title, "data-testid": `place-${index}`,
      on: { click: () => choose(place) },
    }, icon("place", 18), place.title)));

    dragMap(map, at, move, moved);
    for (const field of [latitude, longitude]) field.addEventListener("input", draw);
    draw();
    const go = el("button", {
      type: "button", class: "main-button", "data-testid": "location-send",
      on: { click: () => { close(); send({ title: title.value.trim(), address: address.value.trim(), ...at() }); } },
    }, "แชร์ตำแหน่งนี้");
    return [map, dragScroll(list), el("div", { class: "place-form" }, labelled("ชื่อสถานที่", title), labelled("ที่อยู่", address),
      el("div", { class: "pair" }, labelled("ละติจูด", latitude), labelled("ลองจิจูด", longitude))), go];
  }, { testId: "location-picker" });
}

function dragMap(map, at, move, moved) {
  let from = null;
  const unit = () => (SCALE * 360) / Math.max(map.clientWidth, 1);
  map.addEventListener("pointerdown", (event) => {
    from = { x: event.clientX, y: event.clientY, ...at() };
    map.setPointerCapture(event.pointerId);
  });
  map.addEventListener("pointermove", (event) => {
    if (!from) return;
    move(from.latitude + (event.clientY - from.y) * unit(), from.longitude - (event.clientX - from.x) * unit());
    moved();
  });
  for (const name of ["pointerup", "pointercancel"]) map.addEventListener(name, () => { from = null; });
  map.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    move(at().latitude + step[0] * 0.0003, at().longitude + step[1] * 0.0003);
    moved();
  });
}

function numberField(label, testId, value, min, max) {
  return el("input", { type: "number", step: "0.00001", min, max, value, "aria-label": label, "data-testid": testId, inputmode: "decimal" });
}

function labelled(words, field) {
  return el("label", {}, el("span", {}, words), field);
}

function round(value) {
  const number = Number(value);
  return Number.isFinite(number) ? Math.round(number * 1e6) / 1e6 : 0;
}
