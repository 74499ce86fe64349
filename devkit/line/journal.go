package line

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
)

// journalName is the one file, under the state folder, that holds all rows.
const journalName = "journal.jsonl"

// entry is one line of the journal: the newest value of a row, or its end when Value is empty.
type entry struct {
	Table string          `json:"t"`
	Key   string          `json:"k"`
	Value json.RawMessage `json:"v,omitempty"`
}

// journal is an append-only file of rows. Rows put under one hold of the simulator's lock go to the
// operating system together when the lock is released, before any call that made them is answered:
// killing the process loses nothing that was promised. A nil journal keeps nothing.
type journal struct {
	file    *os.File
	logger  *slog.Logger
	failed  bool
	pending bytes.Buffer
	size    int64 // of the file, as far as we wrote it
}

// flushAt is how much may wait for the release of the lock.
const flushAt = 1 << 20

// readJournal gives every entry of the journal to use, in the order written. A last line cut short
// by a killed process is dropped.
func readJournal(root *os.Root, use func(entry) error) error {
	f, err := root.Open(journalName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open journal: %w", err)
	}
	defer func() { _ = f.Close() }() // opened for reading: nothing to lose
	lines := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("journal line %d: %w", n, err)
		}
		if err := use(e); err != nil {
			return fmt.Errorf("journal line %d: %w", n, err)
		}
	}
}

// rewriteJournal replaces the journal by the rows that dump writes and returns it open for more.
func rewriteJournal(root *os.Root, logger *slog.Logger, dump func(*journal)) (*journal, error) {
	const fresh = journalName + ".new"
	f, err := root.OpenFile(fresh, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create journal: %w", err)
	}
	j := &journal{file: f, logger: logger}
	dump(j)
	j.flush()
	if j.failed {
		return nil, errors.Join(errors.New("journal could not be rewritten"), f.Close())
	}
	if err := f.Sync(); err != nil {
		return nil, errors.Join(fmt.Errorf("sync journal: %w", err), f.Close())
	}
	if err := root.Rename(fresh, journalName); err != nil {
		return nil, errors.Join(fmt.Errorf("replace journal: %w", err), f.Close())
	}
	return j, nil
}

// write appends one entry.
func (j *journal) write(table, key string, value any) {
	if j == nil {
		return
	}
	start := j.pending.Len()
	fmt.Fprintf(&j.pending, `{"t":%q,"k":`, table)
	enc := json.NewEncoder(&j.pending)
	enc.SetEscapeHTML(false)
	err := enc.Encode(key)
	j.pending.Truncate(j.pending.Len() - 1) // the newline that Encode adds
	if err == nil && value != nil {
		j.pending.WriteString(`,"v":`)
		err = enc.Encode(value)
		j.pending.Truncate(j.pending.Len() - 1)
	}
	j.pending.WriteString("}\n")
	if err != nil {
		j.pending.Truncate(start)
		j.fail(err)
	}
	if j.pending.Len() >= flushAt {
		j.flush()
	}
}

// flush hands what was written to the operating system.
func (j *journal) flush() {
	if j == nil || j.pending.Len() == 0 {
		return
	}
	n, err := j.file.Write(j.pending.Bytes())
	j.size += int64(n)
	j.pending.Reset()
	if err != nil {
		j.fail(err)
	}
}

// fail says once that the disk refuses. The simulator goes on in memory.
func (j *journal) fail(err error) {
	if !j.failed {
		j.failed = true
		j.logger.Error("line simulator: state is no longer kept on disk", "err", err)
	}
}

// close ends the journal.
func (j *journal) close() error {
	if j == nil {
		return nil
	}
	j.flush()
	if err := j.file.Close(); err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}
