# Two commands for a newcomer: `make dev` and `make test`. Each installs what is missing, says so,
# and then runs the plain Go command, which works alone where those tools are there.

.PHONY: dev test check race bench fuzz shuffle large edits year crowd nightly tools-dev tools-test tools-race

dev: tools-dev
	go run . dev $(ARGS)

test: tools-test
	go test -timeout 30m ./...

# Everything the gate runs, without installing anything.
check:
	test -z "$$(gofmt -l $$(git ls-files '*.go'))"
	go vet ./...
	go build ./...
	go mod tidy -diff
	cd devkit/objectstore/server && go mod tidy -diff && go vet ./...

# Calls to LINE that are made at once, some of them given up, under the race detector (rows 40 and 41).
race: tools-race
	CGO_ENABLED=1 go test -race -count=1 -run '^TestRow4[01]' ./bot/line

# The long proofs (CONTRIBUTING.md). Each can be stopped at any time.

# What comes from outside and is taken apart: envelope, event, postback, signature.
FUZZTIME ?= 10m
fuzz:
	go test ./bot/line -run '^$$' -fuzz '^FuzzSplit$$' -fuzztime $(FUZZTIME)
	go test ./bot/line -run '^$$' -fuzz '^FuzzScan$$' -fuzztime $(FUZZTIME)
	go test ./bot/line -run '^$$' -fuzz '^FuzzDecode$$' -fuzztime $(FUZZTIME)
	go test ./bot/line -run '^$$' -fuzz '^FuzzSignature$$' -fuzztime $(FUZZTIME)
	go test ./bot -run '^$$' -fuzz '^FuzzPostback$$' -fuzztime $(FUZZTIME)
	go test ./files -run '^$$' -fuzz '^FuzzClean$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 1x

# A million events with duplicates, shuffled, against the same in order (R1).
shuffle:
	go run ./bench/shuffle $(ARGS)

# The largest file that a web page may send, over a network that drops.
large:
	go test ./portal -run TestUploadOverABadNetwork -count=1 -timeout 1h -v -upload-mb 500 $(ARGS)

# A thousand edits of the histories by the owner of the database, each found with its place (R18).
edits:
	go test ./proof -run TestR18 -count=1 -timeout 1h -v -edits 1000 $(ARGS)

# A fiscal year of an agency with ten thousand cases on a virtual clock; the report of duties is its output.
year:
	SAPHAN_YEAR_CASES=10000 go test ./tickets -run TestFiscalYear -count=1 -timeout 2h -v $(ARGS)

# A hundred officers do everything to one ticket at the same moment, a thousand times (R13).
crowd:
	go test ./admin -run TestR13 -count=1 -timeout 2h -v -crowd 100 -rounds 1000 $(ARGS)

# Many citizens, and everything goes wrong at random (row 79).
nightly:
	go test ./devkit/checklist -run TestRow79 -count=1 -timeout 0 -v -long $(ARGS)

tools-dev:
	@sh devkit/tools.sh dev

tools-test:
	@sh devkit/tools.sh test

tools-race:
	@sh devkit/tools.sh race
