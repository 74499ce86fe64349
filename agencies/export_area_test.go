package agencies

import (
	"encoding/json"
	"testing"

	"github.com/jackc/pgx/v5"
)

// planNode is what EXPLAIN says of one step.
type planNode struct {
	Rows    float64    `json:"Actual Rows"`
	Loops   float64    `json:"Actual Loops"`
	Removed float64    `json:"Rows Removed by Filter"`
	Checked float64    `json:"Rows Removed by Index Recheck"`
	Plans   []planNode `json:"Plans"`
}

func (n planNode) visited() float64 {
	total := (n.Rows + n.Removed + n.Checked) * n.Loops
	for _, p := range n.Plans {
		total += p.visited()
	}
	return total
}

// RowsVisited is how many rows the question of Route looks at, over all its steps.
func RowsVisited(t *testing.T, tx pgx.Tx, p Place, writtenTo AgencyID) int {
	t.Helper()
	var raw []byte
	if err := tx.QueryRow(t.Context(), `EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) `+routing, append(p.args(), writtenTo, "light", []int64(nil))...).Scan(&raw); err != nil {
		t.Fatal(err)
	}
	var plans []struct {
		Plan planNode `json:"Plan"`
	}
	if err := json.Unmarshal(raw, &plans); err != nil || len(plans) != 1 {
		t.Fatalf("%s: %v", raw, err)
	}
	return int(plans[0].Plan.visited())
}
