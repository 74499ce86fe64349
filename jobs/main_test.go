package jobs

import (
	"testing"

	"saphan/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
