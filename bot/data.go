package bot

import "strings"

// What the data of a tapped button begins with; a change of meaning takes another number.
const dataVersion = "v1"

// The verbs of button data. Those that concern a draft carry its identifier, and those that
// concern a question its key, so that a tap on an old card cannot be taken for another.
const (
	verbMenu     = "menu"
	verbTrack    = "track"
	verbHuman    = "human"
	verbApply    = "apply"
	verbPermits  = "permits"
	verbCall     = "call" // call an officer now, or about something else
	verbUnlink   = "unlink"
	verbNotThese = "not"    // none of the services that were proposed
	verbMine     = "mine"   // mine|page: one of the citizen's own pages
	verbLang     = "lang"   // lang|th
	verbStart    = "start"  // start|form
	verbFresh    = "fresh"  // fresh|draft: give the draft up and begin the service anew
	verbGo       = "go"     // go|draft: on with it
	verbAnswer   = "a"      // a|draft|field|value
	verbDate     = "d"      // d|draft|field, with the picked date
	verbSkip     = "k"      // k|draft|field
	verbDone     = "f"      // f|draft|field: enough photos
	verbSame     = "o"      // o|draft|field: leave the answer as it was
	verbHeld     = "h"      // h|draft|field: take the words said before
	verbBack     = "b"      // b|draft|field
	verbEdit     = "e"      // e|draft|field
	verbSend     = "s"      // s|draft|revision
	verbCancel   = "x"      // x|draft
	verbDrop     = "xx"     // xx|draft: yes, give it up
	verbTime     = "c"      // c|draft|field, with the picked time
	verbWrite    = "w"      // w|draft|field: the keyboard opens
	verbPick     = "p"      // p|draft|field|value: one more of several
	verbUnpick   = "u"      // u|draft|field|value: not that one
	verbPage     = "n"      // n|draft|field|page: more choices
	verbFound    = "q"      // q|draft|field|page: more of what a search found
	verbRetake   = "r"      // r|draft|field: the next file replaces the last one
	verbMore     = "gm"     // gm|draft|group|n: another thing after the nth
	verbLess     = "gl"     // gl|draft|group|n: take the nth thing out; asks first
	verbGone     = "gx"     // gx|draft|group|n.revision: yes, take it out
	verbRead     = "rd"     // rd|draft|page: a page of the summary
	verbPark     = "pk"     // pk|draft: put it aside
	verbUndo     = "un"     // un|draft|revision: what was read out of one message is wrong
	verbUse      = "us"     // us|draft: use all that is known
	verbEach     = "ue"     // ue|draft: no, ask
	verbKnown    = "kn"     // kn|draft|field: use what is known
	verbOld      = "vd"     // vd|draft|field: use the document given before
	verbWeb      = "web"    // web|draft: go on in a browser
	verbTalk     = "talk"   // talk|ticket
	verbAbout    = "about"  // about|ticket: what was held is for this ticket
	verbSupply   = "supply" // supply|ticket|item
	verbAck      = "ack"    // ack|ticket|notice: I saw what is asked for
	verbFixed    = "fixed"  // fixed|ticket|n: what the nth decision says is really done
	verbNotFixed = "notfix" // notfix|ticket|n: it is not
	verbAgain    = "again"  // again|ticket: file what was given back again
	verbAppeal   = "appeal" // appeal|ticket: against its decision
	verbLeave    = "wd"     // wd|ticket: withdraw it; asks first
	verbLeft     = "wdy"    // wdy|ticket: yes, withdraw it
	verbStay     = "wdn"    // wdn|ticket: no, it goes on
	verbSign     = "sg"     // sg|filing: what an officer filled in for me is right, file it
	verbDisown   = "sgn"    // sgn|filing: it is not mine
)

// data writes the data of a button.
func data(verb string, args ...string) string {
	return strings.Join(append([]string{dataVersion, verb}, args...), "|")
}

// parseData reads the data of a button; anything else is not ours.
func parseData(s string) (verb string, args []string, ok bool) {
	parts := strings.Split(s, "|")
	if len(parts) < 2 || len(parts) > 5 || parts[0] != dataVersion {
		return "", nil, false
	}
	return parts[1], parts[2:], true
}

// MenuData is the button data that shows the services, for a channel's fixed menu.
func MenuData() string { return data(verbMenu) }

// TrackData is the button data that shows the citizen's cases, for a channel's fixed menu.
func TrackData() string { return data(verbTrack) }

// HumanData is the button data that asks for a person, for a channel's fixed menu.
func HumanData() string { return data(verbHuman) }

// StartData is the button data that begins a service, for a channel's fixed menu.
func StartData(form string) string { return data(verbStart, form) }

// TalkData is the button data that turns what the citizen writes to a ticket's officers.
func TalkData(ticket int64) string { return data(verbTalk, number(ticket)) }
