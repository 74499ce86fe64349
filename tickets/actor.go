package tickets

import (
	"strconv"
	"strings"

	"saphan/agencies"
)

// Actor is whoever caused a change (ผู้กระทำ): an officer, a citizen, an agency's system or ours.
type Actor struct {
	Kind string // "officer", "citizen", "agency" or "system"
	ID   int64  // of that kind; 0 for the system
	// Via is the key with which a system acted in an officer's name; 0: the officer acted.
	Via agencies.APIKeyID
}

// System is the actor of what the program does by itself.
func System() Actor { return Actor{Kind: "system"} }

// ByOfficer is the actor for an officer.
func ByOfficer(id agencies.OfficerID) Actor { return Actor{Kind: "officer", ID: int64(id)} }

// ByKey is the actor for a system that acts in an officer's name. The history says both.
func ByKey(id agencies.OfficerID, key agencies.APIKeyID) Actor {
	return Actor{Kind: "officer", ID: int64(id), Via: key}
}

// ByCitizen is the actor for a citizen.
func ByCitizen(id int64) Actor { return Actor{Kind: "citizen", ID: id} }

// ParseActor reads an actor as the history names it; who cannot be read is the system.
func ParseActor(name string) Actor {
	kind, number, _ := strings.Cut(name, " ")
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || kind != "officer" && kind != "citizen" && kind != "agency" {
		return System()
	}
	return Actor{Kind: kind, ID: id}
}

// String is how the history names the actor.
func (a Actor) String() string {
	if a.ID == 0 {
		return a.Kind
	}
	return a.Kind + " " + strconv.FormatInt(a.ID, 10)
}

// officer returns the officer behind the actor, if it is one.
func (a Actor) officer() (agencies.OfficerID, bool) {
	return agencies.OfficerID(a.ID), a.Kind == "officer"
}
