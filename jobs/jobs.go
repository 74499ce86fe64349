// Package jobs holds every background job, one file each: thin glue from a fact to what follows
// from it. Read in this order it is the flow of the system:
//
//	received  an event of a channel    -> the conversation's next step
//	gather    a set of pictures that is not all there -> taken as it is
//	route     a submitted request      -> a ticket in an agency's queue, and the receipt
//	deliver   something an agency's own systems want to know -> their endpoint
//	replied   an officer's words       -> the chat
//	sent_again  what did not arrive    -> the chat, once more
//	asked     documents are missing, cannot be read, or have more time -> the chat
//	urgent    a case that cannot wait -> the chat: what to do now, and that officers are called
//	on_call, call  a case that cannot wait and that nobody has taken -> who is on call, one after the other, by text message
//	renewal   a permit that ends -> its holder, so many days before
//	halted    what the system does by itself was stopped, or goes on -> what is planned is reckoned again
//	unread    every 5 minutes -> heads hear of queues that nobody opened by 11:00 or 15:00
//	breach    a breach of personal data -> heads are reminded of the 72 hours; the people concerned are told, in the chat
//	returned  what was missing did not come -> the letter in the chat
//	withdrawn a citizen withdraws a case -> nothing is owed for it, and the chat confirms it
//	transferred  a case that goes to another agency -> the case there, and the chat; its taking and its way back too
//	referred  a case of a body outside -> who is in charge, in the chat
//	decided   a decision               -> a permit, what is to be paid for it, or the result in the chat
//	fee_settled  a fee that was paid, waived or not paid in time -> the permit, or that there is none
//	fee_tell  a fee that is another one -> the chat
//	slip_refused  a slip that is no proof -> the chat
//	fee_receipt  money that was taken  -> its receipt, and the card in the chat
//	fee_due   every hour -> people are reminded of fees, and those whose time is over lapse
//	render    a permit                 -> its document, and the card in the chat
//	send      messages to a citizen    -> the channel
//	text      a code that was asked for -> the telephone it is to prove
//	web_notice  what was said to somebody without a chat -> a text message with the page's address
//	scan      a file that came -> clean, or erased because of a virus
//	erase     bytes nobody may see any more -> removed from the object store
//	quotas, quota  every hour -> what each account may still say of its own accord
//	expire    once a day -> forms that were left, and files that came for nothing, are forgotten
//	erasure   somebody who wants to be forgotten -> what no law keeps is erased, and the rest listed
//	export    somebody who wants their data -> one ZIP, to be downloaded once
//	purge     once a day -> words of chats, idle people and spent copies go; old cases are put before a person
//	uploads   every hour -> files that were begun and left, or sent and not used, are forgotten
//	disposed  an officer's decision on an old case -> its words, names and files are erased
//	anchor    every hour -> what happened yesterday is anchored, an agency in one signed hash
//	keep_anchor  an anchor -> kept outside the database
//	bundle    an officer wants the evidence of a case -> one ZIP that proves itself
//	problems  once a day -> how reported problems fared is published
//	sweep     once a day -> bytes that nothing points to are removed
//	absent    an officer's absence begins -> what lies with them goes to who stands in, or back to its queue
//	trial     changed rules of a large agency -> what they would have done in the last year
//	menus     a new channel, another release, once a day -> the menus under its chats are as they should be
//	menu_link another language -> the menu of that language
//
// Every job may run twice. Each reads what it needs, does what must be done outside in no
// transaction, and writes what follows in one.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/files"
	"saphan/forms"
	"saphan/forms/match"
	"saphan/internal/secret"
	"saphan/permits"
	"saphan/tickets"
)

// Channel is what jobs need of a chat channel; bot/line is one.
type Channel interface {
	// Decode reads a stored event. An error means that it never can be read.
	Decode(stored bot.Event) (bot.Received, error)
	// Fetch opens the bytes of a message, or returns bot.ErrNotReady or bot.ErrGone.
	Fetch(ctx context.Context, account agencies.Channel, messageID string) (bot.Content, error)
	// Name returns a person's display name, empty when the channel does not tell.
	Name(ctx context.Context, account agencies.Channel, person string) (string, error)
	// Leave takes the account out of a group; being out of it already is no error.
	Leave(ctx context.Context, account agencies.Channel, group bot.Group) error
	// Working shows the person that an answer is being prepared.
	Working(ctx context.Context, account agencies.Channel, person string)
	// Send makes one call to the channel.
	Send(ctx context.Context, account agencies.Channel, call bot.Call) bot.Result
	// Rate is how many calls a second the channel takes from one account at an endpoint; 0: as many as
	// one likes.
	Rate(e bot.Endpoint) float64
	// Usage is how much of its month an account has used.
	Usage(ctx context.Context, account agencies.Channel) (bot.Usage, error)
}

// Deps is what the jobs work with.
type Deps struct {
	DB        agencies.DB
	Jobs      agencies.Jobs
	Desk      *tickets.Desk
	Forms     *forms.Catalog
	Ear       *match.Ear // nil: what people mean is found by the services' own words alone
	Files     *files.Store
	Scanner   *files.Scanner // nil: files are not scanned for viruses
	Texter    Texter         // nil: no codes are sent to telephones
	Permits   *permits.Office
	Box       secret.Box
	Channels  map[string]Channel // by kind
	Menus     map[string]Menus   // those of them that show fixed menus
	Deliverer *agencies.Deliverer
	BaseURL   string  // public address, without a slash at the end
	WebForms  bool    // forms can be filled in on pages there
	RateShare float64 // the part of the channels' rates that is used; 0: 0.99
	FileMax   int64   // the largest file taken from a chat, in bytes; 0: files.DefaultMax
	Now       func() time.Time
	Log       *slog.Logger
	// Unknown is told of each event of a type that this release does not know, for a counter. Nil does
	// nothing.
	Unknown func()
	// At is told when a job reaches a border between two facts; tests stop the process there.
	// Nil does nothing.
	At func(border string)
}

func (d *Deps) at(border string) {
	if d.At != nil {
		d.At(border)
	}
}

// pausedAgain is how often work for a paused channel looks whether it may go on.
const pausedAgain = 15 * time.Second

// account returns a channel's account with what speaks to it; for a paused one, that the job has to
// wait.
func (d *Deps) account(ctx context.Context, tx tx, id agencies.ChannelID) (agencies.Channel, Channel, error) {
	account, err := agencies.FindChannel(ctx, tx, d.Box, id)
	if err != nil {
		return agencies.Channel{}, nil, err
	}
	channel, ok := d.Channels[account.Kind]
	if !ok {
		return agencies.Channel{}, nil, fmt.Errorf("channel %d is of kind %q, which this release does not speak", id, account.Kind)
	}
	if account.PausedAt != nil { // everything waits as it is until the agency lets the channel go on
		return agencies.Channel{}, nil, river.JobSnooze(pausedAgain)
	}
	return account, channel, nil
}

// Register adds every worker to the bundle of the client that will run them.
func Register(workers *river.Workers, d *Deps) {
	own := *d
	own.Jobs, own.Channels = bot.InLanes(d.Jobs, bot.NewLanes(), d.Now), d.inPace()
	d = &own
	river.AddWorker(workers, &received{Deps: d})
	river.AddWorker(workers, &route{Deps: d})
	river.AddWorker(workers, &Deliver{DB: d.DB, Deliverer: d.Deliverer, Now: d.Now, Log: d.Log, At: d.at})
	river.AddWorker(workers, &replied{Deps: d})
	river.AddWorker(workers, &sentAgain{Deps: d})
	river.AddWorker(workers, &asked{Deps: d})
	river.AddWorker(workers, &urgent{Deps: d})
	river.AddWorker(workers, &onCall{Deps: d})
	river.AddWorker(workers, &call{Deps: d})
	river.AddWorker(workers, &returned{Deps: d})
	river.AddWorker(workers, &withdrawn{Deps: d})
	river.AddWorker(workers, &transferred{Deps: d})
	river.AddWorker(workers, &takenOver{Deps: d})
	river.AddWorker(workers, &bounced{Deps: d})
	river.AddWorker(workers, &consulted{Deps: d})
	river.AddWorker(workers, &referred{Deps: d})
	river.AddWorker(workers, &filled{Deps: d})
	river.AddWorker(workers, &mandate{Deps: d})
	river.AddWorker(workers, &decided{Deps: d})
	river.AddWorker(workers, &joined{Deps: d})
	river.AddWorker(workers, &reopened{Deps: d})
	river.AddWorker(workers, &render{Deps: d})
	river.AddWorker(workers, &feeSettled{Deps: d})
	river.AddWorker(workers, &feeTell{Deps: d})
	river.AddWorker(workers, &slipRefused{Deps: d})
	river.AddWorker(workers, &feeReceipt{Deps: d})
	river.AddWorker(workers, &feesDue{Deps: d})
	river.AddWorker(workers, &duties{Deps: d})
	river.AddWorker(workers, &oneDuty{Deps: d})
	river.AddWorker(workers, &breachDuty{Deps: d})
	river.AddWorker(workers, &breachTell{Deps: d})
	river.AddWorker(workers, &letter{Deps: d})
	river.AddWorker(workers, &keepLetter{Deps: d})
	river.AddWorker(workers, &extended{Deps: d})
	river.AddWorker(workers, &recount{Deps: d})
	river.AddWorker(workers, &renewal{Deps: d})
	river.AddWorker(workers, &halted{Deps: d})
	river.AddWorker(workers, &unread{Deps: d})
	river.AddWorker(workers, &absent{Deps: d})
	river.AddWorker(workers, &trial{Deps: d})
	river.AddWorker(workers, newSend(d))
	river.AddWorker(workers, &quotas{Deps: d})
	river.AddWorker(workers, &quota{Deps: d})
	river.AddWorker(workers, &gather{Deps: d})
	river.AddWorker(workers, &sendText{Deps: d})
	river.AddWorker(workers, &webNotice{Deps: d})
	river.AddWorker(workers, &scan{Deps: d})
	river.AddWorker(workers, &erase{Deps: d})
	river.AddWorker(workers, &expire{Deps: d})
	river.AddWorker(workers, &uploads{Deps: d})
	river.AddWorker(workers, &anchor{Deps: d})
	river.AddWorker(workers, &keepAnchor{Deps: d})
	river.AddWorker(workers, &bundle{Deps: d})
	river.AddWorker(workers, &sweep{Deps: d})
	river.AddWorker(workers, &problems{Deps: d})
	river.AddWorker(workers, &erasure{Deps: d})
	river.AddWorker(workers, &export{Deps: d})
	river.AddWorker(workers, &purge{Deps: d})
	river.AddWorker(workers, &disposed{Deps: d})
	river.AddWorker(workers, &menus{Deps: d})
	river.AddWorker(workers, &menuLink{Deps: d})
	river.AddWorker(workers, &menuCheck{Deps: d})
}

const (
	// busyWorkers is how many jobs of a busy lane are worked on at once: enough to keep the machine busy,
	// few enough to leave room for everybody else. One account may have eight of them.
	busyWorkers = 11
	// sendWorkers is how many calls to channels in a rush are made at once: LINE takes 2,000 a second from
	// an account and answers each after a tenth of a second. They mostly wait.
	sendWorkers = 256
	// filesWorkers is how many files of a lane are brought in at once; a film needs some 15 MiB of memory
	// meanwhile.
	filesWorkers = 48
)

// Queues are the queues that a worker process works on, with how many jobs of each at once. Slow
// things have queues of their own, so that a chat is never kept waiting by an agency's server, nor by
// somebody else's file; so have channels in a rush (bot.Lanes).
func Queues() map[string]river.QueueConfig {
	queues := map[string]river.QueueConfig{
		river.QueueDefault: {MaxWorkers: 64},
		bot.ReceivedQueue:  {MaxWorkers: 64}, bot.BusyLane(bot.ReceivedQueue): {MaxWorkers: busyWorkers},
		bot.SendQueue: {MaxWorkers: 64}, bot.BusyLane(bot.SendQueue): {MaxWorkers: sendWorkers},
		agencies.DeliverQueue: {MaxWorkers: 32},
		permits.RenderQueue:   {MaxWorkers: 4},
		ScanQueue:             {MaxWorkers: 4},
		agencies.MenusQueue:   {MaxWorkers: 4},
	}
	for _, lane := range []string{bot.ReceivedQueue, bot.BusyLane(bot.ReceivedQueue)} {
		queues[bot.FilesLane(lane)] = river.QueueConfig{MaxWorkers: filesWorkers}
	}
	return queues
}
