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

// journal is an append-only file of rows. Each line is handed to the operating system before the
// call that made it is answered, so killing the process loses nothing that was promised.
// A nil journal keeps nothing.
type journal struct {
	file   *os.File
	logger *slog.Logger
	failed bool
}

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

// write appends one entry. The simulator goes on in memory when the disk refuses, and says so once.
func (j *journal) write(table, key string, value any) {
	if j == nil {
		return
	}
	e := entry{Table: table, Key: key}
	var err error
	if value != nil {
		e.Value, err = json.Marshal(value)
	}
	var line bytes.Buffer
	if err == nil {
		err = json.NewEncoder(&line).Encode(e)
	}
	if err == nil {
		_, err = j.file.Write(line.Bytes())
	}
	if err != nil && !j.failed {
		j.failed = true
		j.logger.Error("line simulator: state is no longer kept on disk", "err", err)
	}
}

// close ends the journal.
func (j *journal) close() error {
	if j == nil {
		return nil
	}
	if err := j.file.Close(); err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}

// table is a set of rows of one kind, kept in memory and in the journal. Rows are values: a changed
// row is put again. The simulator's lock guards it.
type table[T any] struct {
	name string
	rows map[string]T
	log  *journal
}

// anyTable is a table whatever its rows are.
type anyTable interface {
	tableName() string
	load(key string, value json.RawMessage) error
	attach(*journal)
	dump(*journal)
	clear()
}

func newTable[T any](name string) *table[T] {
	return &table[T]{name: name, rows: map[string]T{}}
}

// row returns the row of that key and whether there is one.
func (t *table[T]) row(key string) (T, bool) {
	r, ok := t.rows[key]
	return r, ok
}

// put stores a row, new or changed.
func (t *table[T]) put(key string, row T) {
	t.rows[key] = row
	t.log.write(t.name, key, row)
}

// remove forgets a row.
func (t *table[T]) remove(key string) {
	if _, ok := t.rows[key]; !ok {
		return
	}
	delete(t.rows, key)
	t.log.write(t.name, key, nil)
}

func (t *table[T]) tableName() string { return t.name }

func (t *table[T]) load(key string, value json.RawMessage) error {
	if len(value) == 0 {
		delete(t.rows, key)
		return nil
	}
	var row T
	if err := json.Unmarshal(value, &row); err != nil {
		return fmt.Errorf("row %s of %s: %w", key, t.name, err)
	}
	t.rows[key] = row
	return nil
}

func (t *table[T]) attach(j *journal) { t.log = j }

func (t *table[T]) dump(j *journal) {
	for key, row := range t.rows {
		j.write(t.name, key, row)
	}
}

func (t *table[T]) clear() {
	for key := range t.rows {
		t.remove(key)
	}
}
