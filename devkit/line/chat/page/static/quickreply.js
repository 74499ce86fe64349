// Quick replies: one row of buttons over the composer, of the newest message only, gone once one is tapped.

import { el, picture, dragScroll } from "./dom.js";
import { icon } from "./icons.js";
import { control } from "./actions.js";

const ICONS = { camera: "camera", cameraRoll: "photo", location: "place", datetimepicker: "calendar" };

/** Builds the row; `act` does what is tapped. */
export function quickReplies(row, act) {
  dragScroll(row);
  let shown = "";
  let current = null;
  let used = "";

  /** Shows the replies of a message; the same words asked again are a new question. */
  function show(reply, messageId) {
    const key = reply ? `${messageId}` : "";
    if (key === shown) return;
    shown = key;
    current = reply;
    draw(key === used ? null : reply);
  }

  function draw(reply) {
    const items = reply?.items ?? [];
    row.hidden = items.length === 0;
    row.scrollLeft = 0;
    row.replaceChildren(...items.map((item) => control(item.action, tap, {
      class: "quick-reply", "data-testid": "quick-reply",
    }, emblem(item), el("span", {}, item.action?.label ?? ""))));
  }

  function tap(action) {
    // Pickers may be left without choosing anything; everything else uses the row up.
    if (!["camera", "cameraRoll", "location", "datetimepicker", "uri", "clipboard"].includes(action.type)) hide();
    act(action);
  }

  function hide() {
    used = shown;
    draw(null);
  }

  /** Brings back a row whose tap did not reach the account. */
  function restore() {
    if (used !== shown) return;
    used = "";
    draw(current);
  }

  return { show, hide, restore };
}

function emblem(item) {
  if (item.imageUrl) return picture(item.imageUrl, "", { class: "quick-picture" });
  const name = ICONS[item.action?.type];
  return name ? el("span", { class: "quick-icon" }, icon(name, 18)) : null;
}
