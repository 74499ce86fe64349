// The history: rows by day, kept by message so that what is on the page stays while new rows come in below.

import { el, picture } from "./dom.js";
import { icon } from "./icons.js";
import { bangkok, dayLine } from "./time.js";
import { content, album } from "./messages.js";
import { settle } from "./flex.js";
import { choices, toast } from "./sheet.js";

const NEAR_END = 90;

/** Builds the history in the page's log; `act` does actions, `unsend` takes a message back. */
export function timeline({ log, scroll, toEnd, act, unsend }) {
  const rows = new Map();
  let atEnd = true;
  let newest = 0;

  let sizes = "";

  const measured = () => `${scroll.scrollHeight}/${scroll.clientHeight}`;
  const goToEnd = () => {
    atEnd = true;
    sizes = measured();
    scroll.scrollTop = scroll.scrollHeight;
  };
  // Where the reader stands. A place that comes from a change of size says nothing about where he wants to be.
  const look = () => {
    if (measured() !== sizes) return;
    atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;
    if (atEnd) toEnd.hidden = true;
  };
  scroll.addEventListener("scroll", look, { passive: true });
  toEnd.addEventListener("click", goToEnd);
  // Pictures grow after they arrive and the keyboard shrinks the view: whoever stood at the end stays there.
  const hold = new ResizeObserver(() => {
    if (atEnd) goToEnd();
    sizes = measured();
  });
  hold.observe(scroll);
  hold.observe(log);

  function show(view) {
    look();
    const items = grouped(view.messages ?? []);
    const wanted = [];
    let day = "";
    items.forEach((item, index) => {
      const when = bangkok(item.entries[0].at);
      if (when.date !== day) {
        day = when.date;
        wanted.push(kept(`day:${day}`, "", () => el("li", { class: "day" }, el("span", {}, dayLine(day)))));
      }
      const gone = item.entries.every((entry) => entry.unsent);
      const row = kept(item.key, gone ? "gone" : String(item.entries.length), () => (gone ? unsentRow(item, view) : messageRow(item, view)));
      row.classList.toggle("first", !together(items[index - 1], item));
      row.classList.toggle("last", !together(item, items[index + 1]));
      row.classList.toggle("seen", item.entries.every((entry) => entry.read));
      wanted.push(row);
    });
    place(wanted);
    const last = items.at(-1)?.entries.at(-1);
    const fresh = last && last.seq > newest;
    if (fresh && (atEnd || last.from === "user" || newest === 0)) goToEnd();
    else if (fresh) toEnd.hidden = false;
    newest = last?.seq ?? newest;
  }

  function kept(key, stamp, make) {
    const old = rows.get(key);
    if (old?.stamp === stamp) return old.node;
    const node = make();
    old?.node.remove();
    rows.set(key, { stamp, node });
    return node;
  }

  function place(wanted) {
    wanted.forEach((node, index) => {
      if (log.children[index] === node) return;
      log.insertBefore(node, log.children[index] ?? null);
      settle(node);
    });
    while (log.children.length > wanted.length) log.lastElementChild.remove();
    const here = new Set(wanted);
    for (const [key, row] of rows) if (!here.has(row.node)) rows.delete(key);
  }

  function messageRow(item, view) {
    const [entry] = item.entries;
    const mine = entry.from === "user";
    const marks = (one) => ({ "data-testid": "message", "data-from": one.from, "data-id": one.id, "data-type": one.message?.type });
    const several = item.entries.length > 1;
    const inner = several ? album(item.entries.filter((one) => !one.unsent), marks) : content(entry, act);
    const body = el("div", { class: "body", ...(several ? {} : marks(entry)) }, inner);
    const sender = entry.sender ?? entry.message?.sender;
    const row = el("li", { class: `row ${mine ? "mine" : "theirs"}`, "data-wide": inner.dataset.wide },
      mine ? null : el("span", { class: "face" }, face(sender?.iconUrl ?? view.channel?.picture)),
      el("div", { class: "column" },
        mine || !sender?.name ? null : el("span", { class: "name" }, sender.name),
        el("div", { class: "line" }, body,
          el("span", { class: "meta" }, mine ? el("span", { class: "read" }, "อ่านแล้ว") : null,
            el("time", { datetime: entry.at }, bangkok(entry.at).clock)),
          mine ? menuButton(item, body) : null)));
    return row;
  }

  function menuButton(item, body) {
    const open = () => choices("ข้อความ", [
      ...(item.entries[0].message?.type === "text"
        ? [{ label: "คัดลอก", icon: "copy", run: () => copy(item.entries[0].message.text) }] : []),
      { label: "ยกเลิกข้อความ", icon: "undo", danger: true, testId: "unsend", run: () => item.entries.forEach((entry) => unsend(entry.id)) },
    ]);
    longPress(body, open);
    return el("button", { type: "button", class: "row-menu", "aria-label": "ตัวเลือกของข้อความ", "data-testid": "message-menu", on: { click: open } }, icon("more", 20));
  }

  return { show, goToEnd };
}

/** Copies words to the clipboard and says so. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("คัดลอกแล้ว");
  } catch {
    toast("เบราว์เซอร์ไม่ยอมให้คัดลอก");
  }
}

/** The round picture of an account or a sender. */
export function face(address) {
  if (address) return picture(address, "", { class: "face-picture" });
  return el("span", { class: "face-picture face-blank" }, icon("shield", 22));
}

// Pictures sent together come as single messages of one set.
function grouped(messages) {
  const items = [];
  for (const entry of messages) {
    const set = entry.message?.type === "image" ? entry.message.imageSet?.id : undefined;
    const before = items.at(-1);
    if (set && before?.set === set && before.from === entry.from) before.entries.push(entry);
    else items.push({ key: `message:${entry.seq}:${entry.id}`, set, from: entry.from, entries: [entry] });
  }
  for (const item of items) {
    if (item.entries.length > 1 && item.entries.some((entry) => !entry.unsent)) {
      item.key += `:${item.entries.map((entry) => (entry.unsent ? "-" : "+")).join("")}`;
    }
  }
  return items;
}

// Rows of one sender in one minute stand together: one face at the top, one time at the bottom.
function together(a, b) {
  if (!a || !b || a.from !== b.from) return false;
  if (a.entries.some((entry) => entry.unsent) || b.entries.some((entry) => entry.unsent)) return false;
  const sender = (item) => JSON.stringify(item.entries[0].sender ?? item.entries[0].message?.sender ?? null);
  const minute = (item) => { const at = bangkok(item.entries[0].at); return at.date + at.clock; };
  return minute(a) === minute(b) && sender(a) === sender(b);
}

function unsentRow(item, view) {
  const words = item.from === "user" ? "คุณยกเลิกข้อความ" : `${view.channel?.name ?? "บัญชีทางการ"} ยกเลิกข้อความ`;
  return el("li", { class: "day unsent" }, el("span", { "data-testid": "message", "data-from": item.from, "data-id": item.entries[0].id, "data-unsent": "true" }, words));
}

function longPress(node, open) {
  let timer;
  let held = 0;
  const stop = () => clearTimeout(timer);
  node.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse") return;
    timer = setTimeout(() => { held = Date.now(); open(); }, 550);
  });
  for (const event of ["pointerup", "pointercancel", "pointermove", "pointerleave"]) node.addEventListener(event, stop);
  node.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    stop();
    if (Date.now() - held > 1500) open(); // some phones announce the same long press twice
  });
}
