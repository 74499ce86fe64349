package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"saphan/agencies"
)

// measure registers what an operator watches besides the webhook's counters.
func (h *house) measure() error {
	for _, c := range []prometheus.Collector{
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&backlog{h: h},
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "saphan_database_connections", Help: "Connections of the program's pool in use."},
			func() float64 { return float64(h.pool.Stat().AcquiredConns()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "saphan_line_webhook_database_connections", Help: "Connections of the webhook's own pool in use."},
			func() float64 { return float64(h.hooks.Stat().AcquiredConns()) }),
	} {
		if err := h.metrics.Register(c); err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
	}
	return nil
}

// backlog asks the database what is waiting, when somebody looks.
type backlog struct{ h *house }

var (
	waitingSeconds = prometheus.NewDesc("saphan_jobs_oldest_seconds", "Age of the oldest job that could run, by kind.", []string{"kind"}, nil)
	unsent         = prometheus.NewDesc("saphan_replies_waiting", "Messages to citizens by state, sent ones left out.", []string{"state"}, nil)
	unscanned      = prometheus.NewDesc("saphan_files_unscanned", "Files that wait for their virus scan, which nobody can open.", nil, nil)
	unscannedAge   = prometheus.NewDesc("saphan_files_unscanned_oldest_seconds", "Age of the file that has waited longest for its virus scan.", nil, nil)
	suspended      = prometheus.NewDesc("saphan_channels_suspended", "Official accounts that the chat service took out of use.", nil, nil)
	quotaUsed      = prometheus.NewDesc("saphan_line_quota_used_ratio", "Part of the month's messages that an account has used, 1 when LINE refuses more; accounts without a limit are left out.", []string{"channel"}, nil)
	overdue        = prometheus.NewDesc("saphan_tickets_overdue", "Open tickets past their statutory time.", nil, nil)
)

// Describe implements prometheus.Collector.
func (b *backlog) Describe(ch chan<- *prometheus.Desc) {
	ch <- waitingSeconds
	ch <- unsent
	ch <- unscanned
	ch <- unscannedAge
	ch <- overdue
	ch <- quotaUsed
	ch <- suspended
}

// Collect implements prometheus.Collector. What cannot be read is left out: the gap shows.
func (b *backlog) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second) //nolint:forbidigo // the interface has no context
	defer cancel()
	b.labelled(ctx, ch, waitingSeconds, `SELECT kind, extract(epoch FROM now() - min(scheduled_at))::float8 FROM river_job
		WHERE state IN ('available', 'running') GROUP BY kind`)
	b.labelled(ctx, ch, unsent, `SELECT state, count(*)::float8 FROM replies WHERE state <> 'sent' GROUP BY state`)
	b.labelled(ctx, ch, unscanned, `SELECT '', count(*)::float8 FROM attachments WHERE state = 'waiting'`)
	b.labelled(ctx, ch, unscannedAge, `SELECT '', coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM attachments WHERE state = 'waiting'`)
	b.labelled(ctx, ch, suspended, `SELECT '', count(*)::float8 FROM channels WHERE suspended_at IS NOT NULL`)
	b.labelled(ctx, ch, quotaUsed, `SELECT q.channel_id::text, CASE WHEN q.used_up_at IS NOT NULL OR q.most = 0 THEN 1 ELSE q.used::float8 / q.most END
		FROM channel_quota q JOIN channels c ON c.id = q.channel_id WHERE c.removed_at IS NULL AND (q.most IS NOT NULL OR q.used_up_at IS NOT NULL)`)
	b.labelled(ctx, ch, overdue, `SELECT '', count(*)::float8 FROM tickets WHERE closed_at IS NULL AND due_at < now()`)
}

func (b *backlog) labelled(ctx context.Context, ch chan<- prometheus.Metric, desc *prometheus.Desc, query string) {
	found, err := count(ctx, b.h.pool, query)
	if err != nil {
		b.h.log.WarnContext(ctx, "metrics could not be read", "err", err)
		return
	}
	for label, value := range found {
		if label == "" {
			ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value)
			continue
		}
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, label)
	}
}

// count runs a query of labels and numbers over all agencies.
func count(ctx context.Context, db agencies.DB, query string) (map[string]float64, error) {
	found := map[string]float64{}
	err := agencies.Everywhere(ctx, db, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, query)
		if err != nil {
			return err
		}
		var (
			label string
			value float64
		)
		_, err = pgx.ForEachRow(rows, []any{&label, &value}, func() error { found[label] = value; return nil })
		return err
	})
	return found, err
}
