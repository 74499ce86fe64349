package api_test

import (
	"testing"

	"saphan/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
