package main

import (
	"errors"
	"fmt"
	"net"
	"reflect"

	"github.com/caarlos0/env/v11"
	"github.com/jackc/pgx/v5/pgconn"

	"saphan/internal/fault"
)

// plainly makes one line for an operator of the troubles that are likeliest at a start, whose own
// words are many or meant for somebody else. Everything else stays as it is.
func plainly(err error) error {
	var (
		connect *pgconn.ConnectError
		shown   *fault.Error
	)
	switch {
	case errors.As(err, &connect):
		return fmt.Errorf("the database does not answer: %w (DATABASE_URL and DATABASE_DIRECT_URL say where it is)", rootOf(connect))
	case errors.As(err, &shown) && shown.Err != nil:
		return shown.Err // the sentence around it is for a person at a screen
	default:
		return err
	}
}

// rootOf is what the failure of a connection comes down to, without address and user.
func rootOf(err error) error {
	var (
		server *pgconn.PgError
		op     *net.OpError
	)
	switch {
	case errors.As(err, &server):
		return errors.New(server.Message)
	case errors.As(err, &op):
		return fmt.Errorf("%v: %w", op.Addr, op.Err)
	default:
		return errors.New("no connection")
	}
}

// misset names the variable whose value cannot be read.
func misset(err error) error {
	var parse env.ParseError
	if errors.As(err, &parse) {
		if field, ok := reflect.TypeFor[config]().FieldByName(parse.Name); ok {
			return fmt.Errorf("%s cannot be read: %w", field.Tag.Get("env"), parse.Err)
		}
	}
	return fmt.Errorf("environment: %w", err)
}
