// The history: rows by day, kept by message so that what is on the page stays while new rows come in below.

import { el, picture } from "./dom.js";
import { icon } from "./icons.js";
import { bangkok, dayLine } from "./time.js";
import { content, album } from "./messages.js";
import { settle } from "./flex.js";
import { choices, sheet, toast } from "./sheet.js";

const NEAR_END = 90;

/** Builds the history in the page's log; `act` does actions, `unsend` takes a message back, `edit` changes one. In a
 * group `me` tells one's own messages from those of the others, whose names `nameOf` knows. */
export function timeline({ log, scroll, toEnd, act, unsend, edit, me, nameOf }) {
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
      const [first] = item.entries;
      const stamp = first.edited ? `edited ${first.message?.quoteToken}` : String(item.entries.length);
      const row = kept(item.key, gone ? "gone" : stamp, () => (gone ? unsentRow(item, view) : messageRow(item, view)));
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
    const mine = own(entry);
    const marks = (one) => ({ "data-testid": "message", "data-from": one.from, "data-id": one.id, "data-type": one.message?.type });
    const several = item.entries.length > 1;
    const inner = several ? album(item.entries.filter((one) => !one.unsent), marks) : content(entry, act);
    const body = el("div", { class: "body", ...(several ? {} : marks(entry)) }, inner);
    const sender = entry.sender ?? entry.message?.sender;
    const row = el("li", { class: `row ${mine ? "mine" : "theirs"}`, "data-wide": inner.dataset.wide },
      mine ? null : el("span", { class: "face" }, entry.from === "user" ? el("span", { class: "initial face-picture", "aria-hidden": "true" }, initial(nameOf(entry.user))) : face(sender?.iconUrl ?? view.channel?.picture)),
      el("div", { class: "column" },
        mine || !name(entry, view) ? null : el("span", { class: "name" }, name(entry, view)),
        el("div", { class: "line" }, body,
          el("span", { class: "meta" }, entry.edited ? el("span", { class: "edited", "data-testid": "edited" }, "แก้ไขแล้ว") : null,
            mine ? el("span", { class: "read" }, "อ่านแล้ว") : null,
            el("time", { datetime: entry.at }, bangkok(entry.at).clock)),
          mine ? menuButton(item, body, view) : null)));
    return row;
  }

  // In a group others write too.
  const own = (entry) => entry.from === "user" && (!entry.user || !me || entry.user === me);
  const name = (entry, view) => (entry.from === "user" ? nameOf(entry.user)
    : (entry.sender ?? entry.message?.sender)?.name ?? (view.group ? view.channel?.name : undefined));

  function menuButton(item, body, view) {
    const open = () => choices("ข้อความ", [
      ...(item.entries[0].message?.type === "text"
        ? [{ label: "คัดลอก", icon: "copy", run: () => copy(item.entries[0].message.text) }] : []),
      ...(item.entries[0].message?.type === "text" && view.editable
        ? [{ label: "แก้ไขข้อความ", icon: "pen", testId: "edit", run: () => rewrite(item.entries[0]) }] : []),
      { label: "ยกเลิกข้อความ", icon: "undo", danger: true, testId: "unsend", run: () => item.entries.forEach((entry) => unsend(entry.id)) },
    ]);
    longPress(body, open);
    return el("button", { type: "button", class: "row-menu", "aria-label": "ตัวเลือกของข้อความ", "data-testid": "message-menu", on: { click: open } }, icon("more", 20));
  }

  function rewrite(entry) {
    sheet("แก้ไขข้อความ", (close) => {
      const words = el("textarea", { rows: "4", class: "rewrite", "aria-label": "ข้อความใหม่", "data-testid": "edit-input", autofocus: true });
      words.value = entry.message.text;
      const save = async () => { if (words.value.trim() !== "" && await edit(entry.id, words.value)) close(); };
      return [words, el("button", { type: "button", class: "main-button", "data-testid": "edit-save", on: { click: save } }, "บันทึก")];
    }, { testId: "edit-sheet" });
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

/** The first letter of a name, past a vowel that is written before it. */
export function initial(name) {
  return name.replace(/^[เแโใไ]/, "").trim().slice(0, 1) || "?";
}

// Pictures sent together come as single messages of one set.
function grouped(messages) {
  const items = [];
  for (const entry of messages) {
    const set = entry.message?.type === "image" ? entry.message.imageSet?.id : undefined;
    const before = items.at(-1);
    if (set && before?.set === set && before.from === entry.from && before.user === entry.user) before.entries.push(entry);
    else items.push({ key: `message:${entry.seq}:${entry.id}`, set, from: entry.from, user: entry.user, entries: [entry] });
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
  if (!a || !b || a.from !== b.from || a.user !== b.user) return false;
  if (a.entries.some((entry) => entry.unsent) || b.entries.some((entry) => entry.unsent)) return false;
  const sender = (item) => JSON.stringify(item.entries[0].sender ?? item.entries[0].message?.sender ?? null);
  const minute = (item) => { const at = bangkok(item.entries[0].at); return at.date + at.clock; };
  return minute(a) === minute(b) && sender(a) === sender(b);
}

function unsentRow(item, view) {
  const mine = item.from === "user" && (!item.user || item.user === view.user?.id);
  const words = mine ? "คุณยกเลิกข้อความ" : item.from === "user" ? "สมาชิกยกเลิกข้อความ" : `${view.channel?.name ?? "บัญชีทางการ"} ยกเลิกข้อความ`;
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
