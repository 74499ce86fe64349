// The tester's panel beside the phone: who is chatting, with which account, and what the bot called.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import * as api from "./api.js";
import { face, initial } from "./timeline.js";
import { bangkok } from "./time.js";
import { toast } from "./sheet.js";

const POLL = 2000;
const KEEP = 200;

/** Builds the panel. */
export function desk(node, { users, user, channels, channel, groups, group, follow, block }) {
  const link = (to) => `?${new URLSearchParams({ user: user.id, channel: channel.destination, ...(group ? { group: group.id } : {}), ...to })}`;
  const people = el("nav", { class: "people", "aria-label": "ผู้ใช้ทดสอบ" }, users.map((one) => el("a", {
    href: link({ user: one.id }), "aria-current": one.id === user.id ? "true" : undefined, "data-testid": "user", "data-user": one.id,
  }, el("span", { class: "initial", "aria-hidden": "true" }, initial(one.name)), el("span", {}, one.name))));
  const accounts = channels.length > 1
    ? el("nav", { class: "people", "aria-label": "บัญชีทางการ" }, channels.map((one) => el("a", {
      href: link({ channel: one.destination, group: "" }), "aria-current": one.destination === channel.destination ? "true" : undefined, "data-testid": "channel",
    }, el("span", { class: "initial" }, face(one.picture)), el("span", {}, one.name))))
    : el("p", { class: "account" }, face(channel.picture), el("span", {}, el("strong", {}, channel.name), el("span", { class: "faint" }, channel.basicId ?? "")));
  const friend = el("button", { type: "button", class: "plain-button", "data-testid": "friendship" });
  node.append(
    el("div", { class: "desk-head" }, el("h2", {}, "โปรแกรมจำลอง LINE"),
      el("button", { type: "button", class: "icon-button desk-close", "aria-label": "ปิดแผง", on: { click: () => close() } }, icon("close", 22))),
    el("p", { class: "faint" }, "หน้าจอโทรศัพท์คือสิ่งที่ประชาชนเห็น เปิดอีกแท็บเป็นเจ้าหน้าที่เพื่อตอบเรื่อง"),
    el("h3", {}, "คุณเป็น"), people, newUser(link), el("h3", {}, "กำลังคุยกับ"), accounts, newAccount(link),
    el("h3", {}, "ห้อง"), rooms({ link, user, users, channel, groups, group }), friend, callLog());

  const close = () => node.classList.remove("open");
  node.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  document.addEventListener("pointerdown", (event) => { if (!node.contains(event.target)) close(); });

  return {
    open: () => { node.classList.add("open"); node.querySelector("a,button").focus(); },
    friendship(view) {
      friend.hidden = Boolean(group);
      const apart = view.user?.blocked || view.user?.following === false;
      friend.textContent = view.user?.blocked ? "เลิกบล็อกบัญชีนี้" : apart ? "เพิ่มบัญชีนี้เป็นเพื่อน" : "บล็อกบัญชีนี้";
      friend.onclick = apart ? follow : block;
    },
  };
}

// The chat with the account itself, the groups that the citizen is in with it, and what can be done with them.
function rooms({ link, user, users, channel, groups, group }) {
  const go = (to) => { location.search = link(to); };
  const attempt = (doing) => async () => {
    try {
      await doing();
    } catch (error) {
      toast(error.message);
    }
  };
  const button = (label, testId, doing) => el("button", { type: "button", class: "plain-button", "data-testid": testId, on: { click: attempt(doing) } }, label);
  const list = el("nav", { class: "people", "aria-label": "ห้อง" },
    el("a", { href: link({ group: "" }), "aria-current": group ? undefined : "true", "data-testid": "room-alone" }, el("span", { class: "initial" }, face(channel.picture)), el("span", {}, "คุยกับบัญชีโดยตรง")),
    groups.filter((one) => one.members.includes(user.id)).map((one) => el("a", {
      href: link({ group: one.id }), "aria-current": one.id === group?.id ? "true" : undefined, "data-testid": "room-group",
    }, el("span", { class: "initial" }, icon("people", 18)), el("span", {}, one.name || "กลุ่ม", one.left ? el("span", { class: "faint" }, " (บัญชีออกไปแล้ว)") : null))));
  const name = el("input", { type: "text", maxlength: "40", placeholder: "ชื่อกลุ่ม", "aria-label": "ชื่อกลุ่มใหม่", "data-testid": "group-name" });
  const make = async () => {
    const made = await api.addGroup(channel.destination, name.value.trim() || "กลุ่มทดสอบ", users.map((one) => one.id));
    go({ group: made.id });
  };
  const strangers = group ? users.filter((one) => !group.members.includes(one.id)) : [];
  return el("div", {}, list,
    el("div", { class: "new-user" }, name, button("เชิญเข้ากลุ่ม", "group-make", make)),
    group ? el("div", { class: "new-user group-acts" },
      group.left ? null : button("นำบัญชีออก", "group-remove", async () => { await api.changeGroup(group.id, "remove"); go({}); }),
      strangers.length > 0 ? button(`เพิ่ม ${strangers[0].name}`, "group-add", async () => { await api.changeGroup(group.id, "members", { users: [strangers[0].id] }); go({}); }) : null,
      button("ออกจากกลุ่ม", "group-leave", async () => { await api.changeGroup(group.id, "members", { users: [user.id], leave: true }); go({ group: "" }); })) : null);
}

// Another official account, with secrets of its own: they are told once and can be read again under control/channels.
function newAccount(link) {
  const name = el("input", { type: "text", maxlength: "40", placeholder: "บัญชีทางการใหม่", "aria-label": "ชื่อบัญชีทางการใหม่" });
  const add = async () => {
    if (name.value.trim() === "") return;
    try {
      const made = await api.addChannel(name.value.trim());
      location.search = link({ channel: made.destination, group: "" });
    } catch (error) {
      toast(error.message);
    }
  };
  name.addEventListener("keydown", (event) => { if (event.key === "Enter") add(); });
  return el("div", { class: "new-user" }, name, el("button", { type: "button", class: "plain-button", on: { click: add } }, "เพิ่มบัญชี"));
}

function newUser(link) {
  const name = el("input", { type: "text", maxlength: "40", placeholder: "ชื่อ (ตัวอย่าง)", "aria-label": "ชื่อผู้ใช้ทดสอบใหม่" });
  const add = async () => {
    if (name.value.trim() === "") return;
    try {
      const made = await api.addUser(name.value.trim());
      location.search = made?.id ? link({ user: made.id }) : location.search;
    } catch (error) {
      toast(error.message);
    }
  };
  name.addEventListener("keydown", (event) => { if (event.key === "Enter") add(); });
  return el("div", { class: "new-user" }, name, el("button", { type: "button", class: "plain-button", on: { click: add } }, "เพิ่มคน"));
}

// The log is read only while it is unfolded.
function callLog() {
  const list = el("ol", { class: "calls", "data-testid": "calls" });
  const fold = el("details", { class: "call-log", "data-testid": "call-log" }, el("summary", {}, "สิ่งที่บอตเรียก"), list);
  let after = 0;
  let timer;
  const read = async () => {
    try {
      for (const call of (await api.requests(after)) ?? []) {
        after = Math.max(after, call.seq);
        list.prepend(callRow(call));
      }
      while (list.children.length > KEEP) list.lastElementChild.remove();
      if (list.children.length === 0 && after === 0) list.dataset.empty = "ยังไม่มี";
      else delete list.dataset.empty;
    } catch {
      list.dataset.empty = "อ่านไม่ได้ กำลังลองใหม่";
    }
    if (fold.open) timer = setTimeout(read, POLL);
  };
  fold.addEventListener("toggle", () => {
    clearTimeout(timer);
    if (fold.open) read();
  });
  return fold;
}

function callRow(call) {
  const bad = call.status >= 400 || Boolean(call.error);
  const body = call.body === undefined || call.body === null || call.body === "" ? null : el("pre", {}, pretty(call.body));
  return el("li", { class: bad ? "bad" : "" }, el("details", {},
    el("summary", {}, el("span", { class: "call-status" }, String(call.status ?? "–")), el("span", { class: "call-path" }, `${call.method} ${call.path}`),
      el("time", { datetime: call.at }, bangkok(call.at).clock)),
    call.error ? el("p", { class: "call-error" }, typeof call.error === "string" ? call.error : JSON.stringify(call.error)) : null,
    call.note ? el("p", { class: "faint" }, call.note) : null,
    call.retryKey ? el("p", { class: "faint" }, `retry key ${call.retryKey}`) : null, body));
}

function pretty(body) {
  try {
    return JSON.stringify(typeof body === "string" ? JSON.parse(body) : body, null, 1);
  } catch {
    return String(body);
  }
}
