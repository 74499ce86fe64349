package qr_test

import (
	"strings"
	"testing"

	"saphan/internal/qr"
)

func TestNew(t *testing.T) {
	t.Parallel()
	c, err := qr.New("https://saphan.example/p/TB-HB-2569-000001")
	if err != nil || c.Side < 29 || !strings.HasPrefix(c.Path, "M4 4h7v1H4z") {
		t.Errorf("%+v %v", c, err)
	}
	again, err := qr.New("https://saphan.example/p/TB-HB-2569-000001")
	if err != nil || again != c {
		t.Error("the same text has two drawings")
	}
	if _, err := qr.New(strings.Repeat("ก", 3000)); err == nil {
		t.Error("a text that does not fit was drawn")
	}
}
