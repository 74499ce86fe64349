// The simulator's control API as functions. All addresses are relative to the page, whatever it is mounted below.

const base = new URL("control/", document.baseURI);

async function call(path, options) {
  const answer = await fetch(new URL(path, base), options);
  const text = await answer.text();
  let body = null;
  try {
    body = text === "" ? null : JSON.parse(text);
  } catch {
    body = null;
  }
  if (!answer.ok) throw new Error(body?.message ?? body?.error ?? `ระบบจำลองตอบ ${answer.status}`);
  return body;
}

const post = (path, body) => call(path, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
});

export const channels = () => call("channels");
export const users = () => call("users");
export const addUser = (name) => post("users", { name });
export const addChannel = (name) => post("channels", { name });
export const groups = (channel) => call(`groups?channel=${encodeURIComponent(channel)}`);
export const addGroup = (channel, name, members) => post("groups", { channel, name, members });
export const changeGroup = (group, what, body) => post(`groups/${encodeURIComponent(group)}/${what}`, body ?? {});
export const requests = (after) => call(`requests?after=${encodeURIComponent(after)}`);

/** The chat between one citizen and one official account, or of a group that both are in. */
export function chat(user, channel, group) {
  const root = `chats/${encodeURIComponent(user)}`;
  const query = `?channel=${encodeURIComponent(channel)}${group ? `&group=${encodeURIComponent(group)}` : ""}`;
  const view = group ? `chats/${encodeURIComponent(group)}` : root;
  const seen = `?channel=${encodeURIComponent(channel)}${group ? `&as=${encodeURIComponent(user)}` : ""}`;
  const act = (name, body) => post(`${root}/${name}${query}`, { ...body, channel, group });
  return {
    read: () => call(view + seen),
    text: (text) => act("text", { text }),
    sticker: (packageId, stickerId) => act("sticker", { packageId, stickerId }),
    location: (place) => act("location", place),
    postback: (postback) => act("postback", postback),
    switchMenu: (richMenuAliasId, data) => act("richmenuswitch", { richMenuAliasId, data }),
    edit: (messageId, text) => act("edit", { messageId, text }),
    unsend: (messageId) => act("unsend", { messageId }),
    follow: () => act("follow", {}),
    block: () => act("block", {}),
    media(kind, files, duration) {
      const form = new FormData();
      form.append("kind", kind);
      form.append("channel", channel);
      if (duration > 0) form.append("duration", String(duration));
      for (const file of files) form.append("file", file, file.name);
      return call(`${root}/media${query}`, { method: "POST", body: form });
    },
    watch: (changed, linked) => watch(new URL(`${view}/events${seen}`, base), changed, linked),
  };
}

// watch calls `changed` on connect and on every change, and `linked(bool)` as the connection comes and goes.
// A browser gives up for good on some errors, so a closed stream is opened again with a growing pause.
function watch(address, changed, linked) {
  let pause = 500;
  const open = () => {
    const stream = new EventSource(address);
    stream.addEventListener("open", () => { pause = 500; linked(true); });
    stream.addEventListener("chat", () => { linked(true); changed(); });
    stream.addEventListener("error", () => {
      linked(false);
      if (stream.readyState !== EventSource.CLOSED) return;
      setTimeout(open, pause);
      pause = Math.min(pause * 2, 10_000);
    });
  };
  open();
}
