// A drawn map: no tiles, no outside host. Streets, blocks, a canal and some green follow from the coordinates, so the
// same place always looks the same and moving the pin moves the ground under it.

import { el, svg } from "./dom.js";
import { icon } from "./icons.js";

/** Degrees across the drawn map, about one kilometre. */
export const SPAN = 0.01;
const WIDTH = 360;
const HEIGHT = 240;
const STREET = SPAN / 5;

/** Degrees per drawn unit, the same both ways. */
export const SCALE = SPAN / WIDTH;

// A number in 0..1 that belongs to a street by its running number.
function chance(x, y = 0) {
  const value = Math.sin(x * 127.1 + y * 311.7) * 43758.5453;
  return value - Math.floor(value);
}

/** Draws the ground around a point as SVG. */
export function drawMap(latitude, longitude, { pin = false } = {}) {
  const lat = Number(latitude) || 0;
  const lon = Number(longitude) || 0;
  const x = (degrees) => (degrees - lon) / SCALE + WIDTH / 2;
  const y = (degrees) => (lat - degrees) / SCALE + HEIGHT / 2;
  const columns = range(lon - SPAN, lon + SPAN);
  const rows = range(lat - SPAN, lat + SPAN);
  const ground = svg("g", {});
  for (const c of columns) {
    for (const r of rows) {
      const kind = chance(c, r);
      const fill = kind > 0.9 ? "#cfe8c4" : kind > 0.83 ? "#f6e4c8" : "#eef0ea";
      const box = { x: x(c * STREET), y: y((r + 1) * STREET), width: STREET / SCALE, height: STREET / SCALE };
      ground.append(svg("rect", { ...box, fill }));
      if (kind <= 0.83) {
        for (let n = 0; n < 4; n++) {
          ground.append(svg("rect", {
            x: box.x + 10 + (n % 2) * 28 + chance(c + n, r) * 6, y: box.y + 10 + Math.floor(n / 2) * 28 + chance(c, r + n) * 6,
            width: 14 + chance(c * 2 + n, r) * 8, height: 12 + chance(c, r * 2 + n) * 8, rx: 2, fill: "#e0e2da",
          }));
        }
      }
    }
  }
  for (const c of columns) ground.append(street(chance(c), { x1: x(c * STREET), x2: x(c * STREET), y1: 0, y2: HEIGHT }));
  for (const r of rows) ground.append(street(chance(0, r), { x1: 0, x2: WIDTH, y1: y(r * STREET), y2: y(r * STREET) }));
  const canal = x(Math.floor(lon / (SPAN * 2)) * SPAN * 2 + SPAN * 0.62);
  ground.append(svg("path", {
    d: `M${canal} -10 C${canal + 30} 80 ${canal - 40} 150 ${canal + 12} ${HEIGHT + 10}`, fill: "none", stroke: "#a9d3ee", "stroke-width": 15,
  }));
  const map = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true", class: "ground" }, ground);
  return pin ? el("span", { class: "map-stack" }, map, el("span", { class: "pin" }, icon("pin", 36))) : map;
}

function range(from, to) {
  const list = [];
  for (let n = Math.floor(from / STREET); n <= Math.ceil(to / STREET); n++) list.push(n);
  return list;
}

function street(weight, line) {
  const wide = weight > 0.72;
  return svg("line", { ...line, stroke: wide ? "#ffd98a" : "#ffffff", "stroke-width": wide ? 9 : 5 });
}
