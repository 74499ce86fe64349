package agencies

// Profile is what a chat service says about an official account.
type Profile struct {
	Destination  string // by which its webhooks name it
	BasicID      string // the @name that people search for
	Name         string
	Picture      string // https address; may be empty
	ChatOn       bool   // people may write by hand in the service's own manager
	ReadManually bool   // messages become read only when we say so
}

// Check is one thing that was looked at of a channel, in words for the one who set it up.
type Check struct {
	Key    string // stable name of what was looked at
	What   string
	State  CheckState
	Found  string // what was found
	Remedy string // what to do about it; empty: nothing
}

// CheckState says how a check came out.
type CheckState string

// The ways a check comes out.
const (
	CheckWell    CheckState = "well"
	CheckWarning CheckState = "warning" // it works, and somebody should know
	CheckFault   CheckState = "fault"   // it does not work
	CheckSkipped CheckState = "skipped" // could not be looked at because of another fault
)

// CheckWebhook is the key of the check that SetWebhook of a channel mends.
const CheckWebhook = "webhook"
