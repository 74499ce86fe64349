package agencies_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/pgtest"
)

// town adds an agency at an address.
func town(t *testing.T, tx pgx.Tx, code, name, address string) agencies.Agency {
	t.Helper()
	a, err := agencies.Create(t.Context(), tx, agencies.Agency{Code: code, Name: name, Kind: "เทศบาลตำบล", Address: address})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestSeekAgencies(t *testing.T) {
	t.Parallel()
	tx, ctx := pgtest.Tx(t), t.Context()
	a := town(t, tx, "SKA", "เทศบาลตำบลกอตัวอย่าง", "1 ต.กอ อ.เมือง จ.แพร่ตัวอย่าง 54000")
	b := town(t, tx, "SKB", "เทศบาลตำบลขอตัวอย่าง", "2 ตำบลขอ จังหวัดแพร่ตัวอย่าง 54000")
	c := town(t, tx, "SKC", "สำนักงานเขตคอตัวอย่าง", "3 แขวงคอ กรุงเทพฯ 10000")
	d := town(t, tx, "SKD", "เทศบาลตำบล 100% ตัวอย่าง", "")
	for name, k := range map[string]struct {
		search agencies.Search
		want   []string
	}{
		"part of a name":    {agencies.Search{Words: "กอตัวอย่าง"}, []string{a.Code}},
		"the code":          {agencies.Search{Words: "skb"}, []string{b.Code}},
		"name and province": {agencies.Search{Words: "เทศบาล แพร่ตัวอย่าง"}, []string{a.Code, b.Code}},
		"a province":        {agencies.Search{Province: "แพร่ตัวอย่าง"}, []string{a.Code, b.Code}},
		"the capital":       {agencies.Search{Province: "กรุงเทพมหานคร", Words: "คอตัวอย่าง"}, []string{c.Code}},
		"less one":          {agencies.Search{Province: "แพร่ตัวอย่าง", Without: []agencies.AgencyID{a.ID}}, []string{b.Code}},
		"a sign of SQL":     {agencies.Search{Words: "100%"}, []string{d.Code}},
		"nothing":           {agencies.Search{Words: "ไม่มีที่ไหนเลย"}, nil},
		"a next page":       {agencies.Search{Province: "แพร่ตัวอย่าง", After: a.ID}, []string{b.Code}},
	} {
		k.search.Most = 10
		found, all, err := agencies.Seek(ctx, tx, k.search)
		if err != nil {
			t.Fatal(name, err)
		}
		var codes []string
		for _, f := range found {
			codes = append(codes, f.Code)
		}
		if !slices.Equal(codes, k.want) || k.search.After == 0 && all != len(k.want) {
			t.Errorf("%s: %v of %d, want %v", name, codes, all, k.want)
		}
	}
	provinces, err := agencies.Provinces(ctx, tx)
	if err != nil || !slices.Contains(provinces, "แพร่ตัวอย่าง") || !slices.Contains(provinces, "กรุงเทพมหานคร") || slices.Contains(provinces, "") {
		t.Errorf("the provinces are %v, %v", provinces, err)
	}
}

// Among 8,000 agencies each search and each page of the list is found by an index.
func TestSeekUsesIndexes(t *testing.T) {
	t.Parallel()
	tx, ctx := pgtest.Tx(t), t.Context()
	_, err := tx.Exec(ctx, `INSERT INTO agencies (code, name, kind, address)
		SELECT 'Y' || translate(to_char(n, 'FM00000'), '0123456789', 'ABCDEFGHIJ'), 'เทศบาลตำบล' || md5(n::text), 'เทศบาลตำบล', 'ต.ตัวอย่าง จ.จังหวัดที่' || chr(3585 + n % 40)
		FROM generate_series(1, 8000) n`)
	if err == nil {
		_, err = tx.Exec(ctx, `ANALYZE agencies`)
	}
	if err != nil {
		t.Fatal(err)
	}
	for query, index := range map[string]string{
		`SELECT id FROM agencies WHERE search LIKE '%c4ca4238a0%' AND search LIKE '%เทศบาล%' ORDER BY name COLLATE "th-x-icu", id LIMIT 20`: "agencies_search",
		`SELECT id FROM agencies ORDER BY name COLLATE "th-x-icu", id LIMIT 20`:                                                             "agencies_name",
		`SELECT id FROM agencies WHERE (name COLLATE "th-x-icu", id) > ('เทศบาลตำบล9', 5) ORDER BY name COLLATE "th-x-icu", id LIMIT 20`:    "agencies_name",
		`SELECT id FROM agencies WHERE province = 'จังหวัดที่ข' ORDER BY name COLLATE "th-x-icu", id LIMIT 20`:                              "agencies_province",
		`SELECT a.province FROM agencies a WHERE a.province > 'จังหวัดที่ข' ORDER BY a.province LIMIT 1`:                                    "agencies_province",
	} {
		rows, err := tx.Query(ctx, `EXPLAIN `+query)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if all := strings.Join(plan, "\n"); !strings.Contains(all, index) || strings.Contains(all, "Seq Scan") {
			t.Errorf("%s is not found by %s:\n%s", query, index, all)
		}
	}
	_, all, err := agencies.Seek(ctx, tx, agencies.Search{Words: "เทศบาลตำบล จังหวัดที่ข", Most: 5})
	if err != nil || all != 200 {
		t.Errorf("%d found, %v", all, err)
	}
	if some, err := agencies.Some(ctx, tx, 10, 1000); err != nil || len(some) != 1000 {
		t.Errorf("%d agencies, %v", len(some), err)
	}
}

// What people can write to is what the agency has announced (EGA-10.6) and what works.
func TestAccounts(t *testing.T) {
	t.Parallel()
	tx, ctx := pgtest.Tx(t), t.Context()
	a := town(t, tx, "ACC", "เทศบาลบัญชีตัวอย่าง", "")
	for i, set := range []string{"'ประกาศ', now(), NULL, NULL", "'', NULL, NULL, NULL", "'ประกาศ', now(), now(), NULL", "'ประกาศ', now(), NULL, now()"} {
		_, err := tx.Exec(ctx, `INSERT INTO channels (agency_id, kind, destination, provider, name, basic_id, secret_sealed, token_sealed, announced_ref, announced_at, paused_at, removed_at)
			VALUES ($1, 'line', $2, 'p', $2, '@' || $2, '\x00', '\x00', `+set+`)`, a.ID, fmt.Sprint("acc", i))
		if err != nil {
			t.Fatal(err)
		}
	}
	found, err := agencies.Accounts(ctx, tx, a.ID)
	if err != nil || len(found) != 1 || found[0] != (agencies.Account{Kind: "line", Name: "acc0", BasicID: "@acc0"}) {
		t.Errorf("the accounts are %+v, %v", found, err)
	}
}
