# Two commands for a newcomer: `make dev` and `make test`. Each installs what is missing, says so,
# and then runs the plain Go command, which works alone where those tools are there.

.PHONY: dev test check bench tools-dev tools-test

dev: tools-dev
	go run . dev $(ARGS)

test: tools-test
	go test ./...

# Everything the gate runs, without installing anything.
check:
	test -z "$$(gofmt -l $$(git ls-files '*.go'))"
	go vet ./...
	go build ./...
	go mod tidy -diff
	cd devkit/objectstore/server && go mod tidy -diff && go vet ./...

tools-dev:
	@sh devkit/tools.sh dev

tools-test:
	@sh devkit/tools.sh test
