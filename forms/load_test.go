package forms

import "testing"

func TestReady(t *testing.T) {
	t.Parallel()
	c, err := Ready()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range c.List() {
		t.Log(f.Key, len(f.Fields))
	}
}
