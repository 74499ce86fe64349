package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"saphan/bot"
)

// act is one event of a citizen.
type act struct {
	index   int    // place in the order of events, which is also its name
	citizen int    // who does it
	body    string // the event as LINE sends it
}

// delivered is the event as one of its deliveries brings it: a redelivery says so and is the same in all else (line.md 1.2).
func (a act) delivered(again bool) string {
	if !again {
		return a.body
	}
	return strings.Replace(a.body, `"isRedelivery":false`, `"isRedelivery":true`, 1)
}

// play is what all citizens do, in order.
type play struct {
	acts   []act
	filed  int // requests that the citizens file
	said   int // events that are kept as something said: all but blocking and taking back
	people int
	began  time.Time
}

// chatter is a citizen on the way through what they have to say.
type chatter struct {
	citizen int
	lines   []speech
	names   map[int]string // message IDs of lines that are taken back later, by line
}

// speech is one thing that a citizen does.
type speech struct {
	kind  string // text, tap, sticker, follow, unfollow, unsend
	words string
	keep  int // under which the message's name is remembered, when not 0
}

// compose writes the play: everybody says what they have to say in their order, many at a time.
func compose(o options, began time.Time) play {
	random := rand.New(rand.NewPCG(o.seed, 1))
	p := play{began: began}
	var stage []*chatter
	for len(p.acts) < o.events {
		for len(stage) < o.at {
			lines, filed := script(random)
			p.filed += filed
			stage = append(stage, &chatter{citizen: p.people, lines: lines, names: map[int]string{}})
			p.people++
		}
		i := random.IntN(len(stage))
		c := stage[i]
		if kind := c.lines[0].kind; kind != "unfollow" && kind != "unsend" {
			p.said++
		}
		p.acts = append(p.acts, p.act(c, len(p.acts)))
		if c.lines = c.lines[1:]; len(c.lines) == 0 {
			stage[i] = stage[len(stage)-1]
			stage = stage[:len(stage)-1]
		}
	}
	for _, c := range stage { // what was not said any more is not filed either
		for _, l := range c.lines {
			if l.kind == "text" && l.words == send || l.words == wish {
				p.filed--
			}
		}
	}
	return p
}

// What files a request: the word that sends a form, and words for an officer.
const (
	send = "ส่งคำขอ"
	wish = "ขอคุยเรื่องป้ายหน้าบ้าน"
)

// script is one citizen's part, and how many requests it files. A ticket is made by a job of its own,
// and what is answered after that depends on whether it was quicker than the citizen's next words; so
// what is answered by the ticket comes last.
func script(random *rand.Rand) (lines []speech, filed int) {
	say := func(words string) speech { return speech{kind: "text", words: words} }
	tap := func(data string) speech { return speech{kind: "tap", words: data} }
	lines = append(lines, speech{kind: "follow"})
	switch random.IntN(4) {
	case 0:
		lines = append(lines, say("สวัสดี"), speech{kind: "sticker"}, say("english"), say("เมนู"), say("ภาษาไทย"), say("ขอบคุณค่ะ"))
	case 1: // a form that is given up
		lines = append(lines, tap(bot.StartData("public-problem")), say("ขยะ"), say("ยกเลิก"), say("ยกเลิก"))
	case 2:
		lines = append(lines, speech{kind: "unfollow"}, speech{kind: "follow"}, say("สวัสดี"))
	}
	if random.IntN(8) == 0 { // from here on what is said goes to an officer
		return append(lines, say("คุยกับเจ้าหน้าที่"), say(wish)), 1
	}
	for range random.IntN(4) {
		n := random.IntN(100000)
		switch random.IntN(5) {
		case 0, 1:
			lines = append(lines, tap(bot.StartData("question")), say(fmt.Sprintf("เปิดร้านที่ %d ต้องขออนุญาตอะไรบ้าง", n)), say(send))
		case 2, 3:
			kinds := []string{"ไฟถนนดับ", "ถนน ทางเท้า", "ขยะ", "น้ำประปา"}
			lines = append(lines, tap(bot.StartData("public-problem")), say(kinds[random.IntN(len(kinds))]), say("ข้าม"),
				say(fmt.Sprintf("เสาไฟเลขที่ %d หน้าศาลาหมู่ 4", n)), say("ข้าม"), say(send))
		default: // an answer that is taken back is asked for again
			lines = append(lines, tap(bot.StartData("question")), speech{kind: "text", words: fmt.Sprintf("คำถามที่ถอน %d", n), keep: n + 1},
				speech{kind: "unsend", keep: n + 1}, say(fmt.Sprintf("คำถามที่ถามใหม่ %d", n)), say(send))
		}
		filed++
	}
	if random.IntN(6) == 0 {
		lines = append(lines, speech{kind: "unfollow"})
	}
	return lines, filed
}

// act makes an event of the next line of a citizen.
func (p *play) act(c *chatter, index int) act {
	l := c.lines[0]
	e := map[string]any{
		"webhookEventId": eventID(index), "timestamp": p.began.Add(time.Duration(index) * time.Millisecond).UnixMilli(), "mode": "active",
		"source": map[string]any{"type": "user", "userId": userID(c.citizen)}, "deliveryContext": map[string]any{"isRedelivery": false},
	}
	message := func(m map[string]any) {
		m["id"] = fmt.Sprintf("%018d", index)
		e["type"], e["message"] = "message", m
	}
	if l.kind != "unfollow" && l.kind != "unsend" {
		e["replyToken"] = fmt.Sprintf("%032x", index)
	}
	switch l.kind {
	case "text":
		message(map[string]any{"type": "text", "text": l.words})
		if l.keep != 0 {
			c.names[l.keep] = fmt.Sprintf("%018d", index)
		}
	case "sticker":
		message(map[string]any{"type": "sticker", "packageId": "1", "stickerId": "2"})
	case "tap":
		e["type"], e["postback"] = "postback", map[string]any{"data": l.words}
	case "unsend":
		e["type"], e["unsend"] = "unsend", map[string]any{"messageId": c.names[l.keep]}
	default:
		e["type"] = l.kind
	}
	body, err := json.Marshal(e)
	if err != nil { // strings, numbers and maps always encode
		body = nil
	}
	return act{index: index, citizen: c.citizen, body: string(body)}
}

func eventID(index int) string { return fmt.Sprintf("01SHUFFLE%017d", index) }

func userID(citizen int) string { return fmt.Sprintf("U%032x", citizen) }
