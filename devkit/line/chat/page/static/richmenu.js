// The rich menu under the chat: its picture with areas to tap, or, without a picture, the areas drawn with their labels.

import { el, picture, mediaAddress } from "./dom.js";
import { icon } from "./icons.js";
import { control, actionName } from "./actions.js";
import { areaStyle } from "./templates.js";

/** Builds the menu's bar and panel into the dock. */
export function richMenu(dock, act) {
  const title = el("span", {});
  const mark = el("span", { class: "menu-mark" }, icon("up", 18));
  const bar = el("button", { type: "button", class: "menu-bar", "aria-expanded": "false", "aria-controls": "rich-menu", "data-testid": "rich-menu-toggle" }, title, mark);
  const panel = el("div", { class: "menu-panel", id: "rich-menu", role: "group", "aria-label": "เมนู", "data-testid": "rich-menu", hidden: true });
  const foot = el("div", { class: "menu", hidden: true }, bar, panel);
  dock.append(foot);
  let shown = "";
  let opened = () => {};

  function open(on) {
    panel.hidden = !on;
    bar.setAttribute("aria-expanded", String(on));
    mark.replaceChildren(icon(on ? "down" : "up", 18));
    if (on) opened();
  }

  function show(menu) {
    const key = JSON.stringify(menu ?? null);
    if (key === shown) return;
    const first = shown === "" || shown === "null"; // a menu that replaces another keeps open or folded as it is
    shown = key;
    foot.hidden = !menu;
    if (!menu) return;
    title.textContent = menu.chatBarText || "เมนู";
    panel.replaceChildren(drawn(menu, act));
    if (first) open(Boolean(menu.selected));
  }

  bar.addEventListener("click", () => open(panel.hidden));
  return { show, open: () => open(true), close: () => open(false), whenOpened: (run) => { opened = run; } };
}

function drawn(menu, act) {
  const size = { width: menu.size?.width || 2500, height: menu.size?.height || 1686 };
  const painted = mediaAddress(menu.imageUrl);
  const node = el("div", { class: `menu-map${painted ? "" : " plain"}`, style: { "aspect-ratio": `${size.width} / ${size.height}` } });
  if (painted) node.append(picture(painted, ""));
  for (const area of menu.areas ?? []) {
    const name = actionName(area.action);
    node.append(control(area.action, act, { class: "menu-area", "aria-label": name, "data-testid": "rich-menu-area", style: areaStyle(area.bounds, size) },
      painted ? null : el("span", {}, name)));
  }
  return node;
}
