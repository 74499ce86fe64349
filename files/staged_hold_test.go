package files_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/internal/fault"
)

// One writes at a time. Whoever comes later asks the one before to let go, in this process and in another.
func TestUploadHasOneWriter(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	other := d.another(t)
	for name, second := range map[string]*files.Uploads{"same process": d.Uploads, "another process": other} {
		data := pdf(t, 5, 9000)
		up, err := d.Begin(t.Context(), me, "a.pdf", 9000)
		must(t, err)
		asked := make(chan struct{})
		h, err := d.Hold(t.Context(), up.ID, func() { close(asked) })
		must(t, err)
		out := make(chan error, 1)
		go func() { // waits for more bytes, until it is asked to go
			_, err := d.Append(t.Context(), h, up, io.MultiReader(bytes.NewReader(data[:4000]), until{asked}), nil)
			out <- errors.Join(err, h.Release(t.Context()))
		}()
		got, err := d.send(t, second, up.ID, strings.NewReader(""), nil)
		must(t, err)
		must(t, <-out)
		if got.Offset != 4000 {
			t.Errorf("%s: the second finds %d bytes", name, got.Offset)
		}
		short, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
		stubborn, err := d.Hold(t.Context(), up.ID, func() {})
		must(t, err)
		if _, err := second.Hold(short, up.ID, func() {}); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: two hold it, %v", name, err)
		}
		cancel()
		must(t, stubborn.Release(t.Context()))
	}
	if _, err := d.Hold(t.Context(), "nothing", func() {}); !fault.Is(err, fault.NotFound) {
		t.Errorf("what is not there is held: %v", err)
	}
}

// until reads as nothing until the channel closes, and then as the end.
type until struct{ closed chan struct{} }

func (u until) Read([]byte) (int, error) { <-u.closed; return 0, io.EOF }

// A writer that was taken for dead changes nothing any more: neither the row, nor the parts of the next one.
func TestUploadOfAWriterThatWasTakenForDead(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	const part = 5 << 20
	data := pdf(t, 6, 2*part+100)
	up, err := d.Begin(t.Context(), me, "a.pdf", int64(len(data)))
	must(t, err)
	h, err := d.Hold(t.Context(), up.ID, func() {})
	must(t, err)
	must(t, d.everywhere(t.Context(), func(tx pgx.Tx) error { // as if no sign of life had come for long
		_, err := tx.Exec(t.Context(), `UPDATE uploads SET held_until = clock_timestamp() - interval '1 second', holder = 'gone' WHERE id = $1`, up.ID)
		return err
	}))
	next, err := d.send(t, d.Uploads, up.ID, bytes.NewReader(data[:part+10]), nil)
	must(t, err)
	if _, err := d.Append(t.Context(), h, up, bytes.NewReader(data), nil); !fault.Is(err, fault.Conflict) {
		t.Errorf("the first writes on: %v", err)
	}
	must(t, h.Release(t.Context()))
	next, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data[next.Offset:]), nil)
	must(t, err)
	at, err := d.Finish(t.Context(), next)
	must(t, err)
	sameFile(t, d, at, data)
}

// letPartsGo has the store forget the parts of every upload.
func (d *dock) letPartsGo(t *testing.T) {
	t.Helper()
	left, err := d.bare.ListMultipartUploads(t.Context(), d.bucket, "", "", "", "", 10)
	must(t, err)
	for _, u := range left.Uploads {
		must(t, d.bare.AbortMultipartUpload(t.Context(), d.bucket, u.Key, u.UploadID))
	}
}

// A store that has let the parts go, by a rule of its own, costs the upload and nothing else.
func TestUploadWhosePartsTheStoreLetGo(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	const part = 5 << 20
	data := pdf(t, 7, 2*part+100)
	for _, at := range []int{part + 10, len(data)} {
		up, err := d.Begin(t.Context(), me, "a.pdf", int64(len(data)))
		must(t, err)
		up, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data[:at]), nil)
		must(t, err)
		d.letPartsGo(t)
		if up.Whole() {
			_, err = d.Finish(t.Context(), up)
		} else {
			_, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data[at:]), nil)
		}
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("at %d: %v", at, err)
		}
		if _, err := d.Find(t.Context(), me, up.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("at %d it is still there: %v", at, err)
		}
	}
}

// However many send the same file at once, over processes and connections that break, it arrives whole and once.
func TestUploadOfManyWriters(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	processes := []*files.Uploads{d.Uploads, d.another(t)}
	data := pdf(t, 8, 11<<20)
	up, err := d.Begin(t.Context(), me, "a.pdf", int64(len(data)))
	must(t, err)
	var all sync.WaitGroup
	made := make(chan files.AttachmentID, 4)
	for i := range 4 {
		all.Go(func() {
			dice, u := rand.New(rand.NewPCG(uint64(i), 9)), processes[i%2]
			for {
				asked := make(chan struct{})
				h, err := u.Hold(t.Context(), up.ID, func() { close(asked) })
				if err != nil {
					t.Error(err)
					return
				}
				now, err := u.Find(t.Context(), me, up.ID)
				if err == nil && !now.Whole() {
					piece := data[now.Offset:min(int64(len(data)), now.Offset+1+dice.Int64N(4<<20))]
					now, err = u.Append(t.Context(), h, now, &interrupted{bytes.NewReader(piece), asked}, nil)
				}
				if err := errors.Join(err, h.Release(t.Context())); err != nil && !errors.Is(err, errDropped) {
					t.Error(err)
					return
				}
				if now.Whole() {
					at, err := u.Finish(t.Context(), now)
					if err != nil {
						t.Error(err)
					}
					made <- at.ID
					return
				}
			}
		})
	}
	all.Wait()
	close(made)
	var at files.Attachment
	must(t, d.everywhere(t.Context(), func(tx pgx.Tx) (err error) {
		at, err = files.Kept(t.Context(), tx, me, up.ID)
		return err
	}))
	for id := range made {
		if id != at.ID {
			t.Errorf("one hears of attachment %d, the upload became %d", id, at.ID)
		}
	}
	sameFile(t, d, at, data)
	if keys := d.keys(t); len(keys) != 1 {
		t.Errorf("the store holds %v", keys)
	}
}

// interrupted reads until somebody asks for the upload, a little at a time, and then breaks off.
type interrupted struct {
	r     io.Reader
	asked chan struct{}
}

func (i *interrupted) Read(p []byte) (int, error) {
	select {
	case <-i.asked:
		return 0, errDropped
	default:
		return i.r.Read(p[:min(len(p), 64<<10)])
	}
}
