package line

import (
	"encoding/json"
	"fmt"
)

// table is a set of rows of one kind, kept in memory and in the journal. Rows are values: a changed
// row is put again. The simulator's lock guards it.
type table[T any] struct {
	name string
	rows map[string]T
	log  *journal
	// aging keeps the keys in the order in which they came, for tables whose old rows must go.
	aging bool
	order []string
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

// newAgingTable makes a table that knows which of its rows are the oldest.
func newAgingTable[T any](name string) *table[T] {
	t := newTable[T](name)
	t.aging = true
	return t
}

// row returns the row of that key and whether there is one.
func (t *table[T]) row(key string) (T, bool) {
	r, ok := t.rows[key]
	return r, ok
}

// put stores a row, new or changed.
func (t *table[T]) put(key string, row T) {
	t.set(key, row)
	t.log.write(t.name, key, row)
}

// set stores a row in memory.
func (t *table[T]) set(key string, row T) {
	if t.aging {
		if _, known := t.rows[key]; !known {
			t.order = append(t.order, key)
		}
	}
	t.rows[key] = row
}

// remove forgets a row.
func (t *table[T]) remove(key string) {
	if _, ok := t.rows[key]; !ok {
		return
	}
	delete(t.rows, key)
	t.log.write(t.name, key, nil)
}

// expire removes rows, the oldest first, as long as over says so. It costs nothing for the others.
func (t *table[T]) expire(over func(T) bool) {
	for len(t.order) > 0 {
		key := t.order[0]
		row, there := t.rows[key]
		if there && !over(row) {
			return
		}
		t.order = t.order[1:]
		t.remove(key)
	}
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
	t.set(key, row)
	return nil
}

func (t *table[T]) attach(j *journal) { t.log = j }

func (t *table[T]) dump(j *journal) {
	if !t.aging {
		for key, row := range t.rows {
			j.write(t.name, key, row)
		}
		return
	}
	for _, key := range t.order {
		if row, there := t.rows[key]; there {
			j.write(t.name, key, row)
		}
	}
}

func (t *table[T]) clear() {
	for key := range t.rows {
		t.remove(key)
	}
	t.order = nil
}
