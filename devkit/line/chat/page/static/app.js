// The page: which citizen, which account, reading the chat again whenever it changed, and what tapping does.

import * as api from "./api.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { appAddress } from "./actions.js";
import { timeline, copy, face } from "./timeline.js";
import { composer } from "./composer.js";
import { richMenu } from "./richmenu.js";
import { quickReplies } from "./quickreply.js";
import { pickPhotos, takePhoto, pickFile } from "./photos.js";
import { pickPlace } from "./places.js";
import { pickTime } from "./datetime.js";
import { desk } from "./desk.js";
import { toast } from "./sheet.js";
import { bangkok } from "./time.js";

const byId = (id) => document.getElementById(id);

function furnish() {
  byId("back").append(icon("back"));
  byId("menu").append(icon("menu"));
  byId("shield").append(icon("shield", 18));
  byId("to-end").prepend(icon("down", 16));
  byId("signal").append(el("i"), el("i"), el("i"), el("b"));
  byId("typing").append(el("span", { class: "face" }, face()), el("span", { class: "dots", role: "img", "aria-label": "กำลังพิมพ์" }, el("i"), el("i"), el("i")));
  const tick = () => { byId("clock").textContent = bangkok(Date.now()).clock; };
  tick();
  setInterval(tick, 10_000);
}

// The account and the citizens may come up a moment after the page.
async function whoAndWhere() {
  for (;;) {
    try {
      const [channels, users] = await Promise.all([api.channels(), api.users()]);
      if (channels?.length > 0 && users?.length > 0) return { channels, users };
      toast("ยังไม่มีบัญชีทางการในระบบจำลอง กำลังรอ…");
    } catch (error) {
      toast(`ติดต่อระบบจำลองไม่ได้: ${error.message}`);
    }
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
  }
}

async function start() {
  furnish();
  const { channels, users } = await whoAndWhere();
  const asked = new URLSearchParams(location.search);
  const user = users.find((one) => one.id === asked.get("user")) ?? users[0];
  const channel = channels.find((one) => one.destination === asked.get("channel")) ?? channels[0];
  const groups = await api.groups(channel.destination).catch(() => []);
  const group = groups.find((one) => one.id === asked.get("group") && one.members.includes(user.id));
  byId("account").textContent = group ? `${group.name || "กลุ่ม"} (${group.members.length + (group.left ? 0 : 1)})` : channel.name;
  byId("shield").hidden = Boolean(group);
  document.title = `${group?.name ?? channel.name} · ${user.name}`;
  converse(api.chat(user.id, channel.destination, group?.id), { user, users, channel, channels, groups, group });
}

function converse(chat, who) {
  const dock = byId("dock");
  let reading = false;
  let again = false;
  let lastView;

  // One reading at a time; a change that comes meanwhile causes one more.
  async function refresh() {
    if (reading) {
      again = true;
      return;
    }
    reading = true;
    do {
      again = false;
      try {
        show(await chat.read());
      } catch (error) {
        toast(error.message);
      }
    } while (again);
    reading = false;
  }

  // Does something as the citizen; true when the simulator took it.
  async function attempt(doing) {
    try {
      const answer = await doing();
      if (answer?.status >= 400) toast(`บอตไม่รับเหตุการณ์นี้ (ตอบ ${answer.status}) ระบบจำลองจะส่งซ้ำ`);
      await refresh();
      return true;
    } catch (error) {
      toast(error.message);
      quick.restore();
      return false;
    }
  }

  const send = {
    text: (text) => { quick.hide(); return attempt(() => chat.text(text)); },
    sticker: (packageId, stickerId) => { quick.hide(); return attempt(() => chat.sticker(packageId, stickerId)); },
    async media(kind, files) {
      if (files.length === 0) return;
      quick.hide();
      byId("room").classList.add("sending");
      await attempt(async () => chat.media(kind, files, kind === "video" || kind === "audio" ? await playingTime(files[0]) : 0));
      byId("room").classList.remove("sending");
    },
    photos: () => pickPhotos({ own: () => writer.pick("image"), send: (files) => send.media("image", files) }),
    camera: () => takePhoto({ own: () => writer.pick("camera"), send: (files) => send.media("image", files) }),
    files: () => pickFile({ own: () => writer.pick("file"), send: (files) => send.media("file", files) }),
    place: () => pickPlace((place) => { quick.hide(); attempt(() => chat.location(place)); }),
    opened: () => menu.close(),
  };

  function act(action) {
    switch (action.type) {
      case "message": return send.text(action.text ?? action.label ?? "");
      case "postback": return postback(action, undefined);
      case "datetimepicker": return pickTime(action, (value) => postback(action, { [action.mode]: value }));
      case "uri": return open(action.uri);
      case "camera": return send.camera();
      case "cameraRoll": return send.photos();
      case "location": return send.place();
      case "clipboard": return copy(action.clipboardText ?? "");
      case "richmenuswitch": return attempt(() => chat.switchMenu(action.richMenuAliasId, action.data ?? ""));
      default: return toast(`การกระทำชนิด ${action.type ?? "ที่ไม่รู้จัก"} ไม่มีในหน้าจำลอง`);
    }
  }

  function postback(action, params) {
    const option = { closeRichMenu: menu.close, openRichMenu: menu.open, openVoice: writer.voice, openKeyboard: () => writer.fill(action.fillInText ?? "") };
    option[action.inputOption]?.();
    quick.hide();
    return attempt(() => chat.postback({ data: action.data ?? "", displayText: action.displayText ?? action.text, params }));
  }

  function open(uri) {
    const inside = { location: send.place, camera: send.camera, cameraRoll: send.photos }[appAddress(uri)];
    if (inside) return inside();
    if (appAddress(uri)) return toast("ลิงก์นี้เปิดได้เฉพาะในแอป LINE");
    if (/^tel:/i.test(uri ?? "")) return toast(`โทร ${uri.slice(4)}`);
    if (/^https?:/i.test(uri ?? "")) return window.open(uri, "_blank", "noopener,noreferrer");
    return toast("ลิงก์นี้เปิดไม่ได้");
  }

  const writer = composer(dock, send);
  const menu = richMenu(dock, act);
  const quick = quickReplies(byId("quick"), act);
  const apart = el("div", { class: "apart", hidden: true });
  dock.append(apart);
  menu.whenOpened(writer.fold);
  const history = timeline({
    log: byId("log"), scroll: byId("scroll"), toEnd: byId("to-end"), act, me: who.user.id,
    nameOf: (id) => who.users.find((one) => one.id === id)?.name ?? "สมาชิก",
    unsend: (messageId) => attempt(() => chat.unsend(messageId)),
    edit: (messageId, text) => attempt(() => chat.edit(messageId, text)),
  });
  const panel = desk(byId("desk"), { ...who, follow: () => attempt(chat.follow), block: () => attempt(chat.block) });
  byId("back").addEventListener("click", panel.open);
  byId("menu").addEventListener("click", panel.open);

  function show(view) {
    lastView = view;
    byId("typing").hidden = !view.loadingUntil;
    history.show(view);
    quick.show(view.quickReply, view.messages.at(-1)?.id);
    menu.show(view.richMenu);
    panel.friendship(view);
    if (who.group) membership(view.group ?? who.group);
    else friendship(view.user ?? {});
    if (view.loadingUntil) setTimeout(() => { if (lastView === view) refresh(); }, 2000);
  }

  // Without friendship there is one thing to do; the history stays readable.
  function friendship(person) {
    const away = person.blocked || person.following === false;
    writer.enable(!away);
    apart.hidden = !away;
    if (!away || apart.childElementCount > 0 && apart.dataset.blocked === String(Boolean(person.blocked))) return;
    apart.dataset.blocked = String(Boolean(person.blocked));
    apart.replaceChildren(el("button", { type: "button", class: "main-button", "data-testid": "follow", on: { click: () => attempt(chat.follow) } },
      person.blocked ? "เลิกบล็อกเพื่อคุยต่อ" : "เพิ่มเพื่อน"));
  }

  // A group that the account has left can be read; inviting it again is the one thing to do.
  function membership(group) {
    writer.enable(!group.left);
    apart.hidden = !group.left;
    if (!group.left || apart.childElementCount > 0) return;
    apart.replaceChildren(el("button", { type: "button", class: "main-button", "data-testid": "invite", on: { click: () => attempt(() => api.changeGroup(group.id, "invite")) } },
      "เชิญบัญชีกลับเข้ากลุ่ม"));
  }

  chat.watch(refresh, (up) => { byId("lost").hidden = up; });
  refresh();
}

// The length of a film or a sound in milliseconds, 0 when the browser cannot tell.
function playingTime(file) {
  return new Promise((resolve) => {
    const player = el("audio", { preload: "metadata" });
    const done = (length) => {
      URL.revokeObjectURL(player.src);
      resolve(Number.isFinite(length) ? Math.round(length * 1000) : 0);
    };
    player.addEventListener("loadedmetadata", () => done(player.duration));
    player.addEventListener("error", () => done(0));
    player.src = URL.createObjectURL(file);
  });
}

start();
