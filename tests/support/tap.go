// SPDX-License-Identifier: LGPL-2.1-or-later
// A stand-in for the TAP writer that runtime-tools imports: just the calls it makes.
package tap

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

type T struct {
	Writer  io.Writer
	TODO    bool
	nextNum *int
}

func New() *T {
	n := 1
	return &T{Writer: os.Stdout, nextNum: &n}
}

func (t *T) Header(n int) {
	fmt.Fprintln(t.Writer, "TAP version 13")
	if n > 0 {
		fmt.Fprintf(t.Writer, "1..%d\n", n)
	}
}
func (t *T) AutoPlan() { fmt.Fprintf(t.Writer, "1..%d\n", *t.nextNum-1) }
func (t *T) Ok(ok bool, d string) {
	s := "ok"
	if !ok {
		s = "not ok"
	}
	sep := "-"
	if t.TODO {
		sep = "# TODO"
	}
	fmt.Fprintf(t.Writer, "%s %d %s %s\n", s, *t.nextNum, sep, d)
	*t.nextNum++
}
func (t *T) Todo() *T      { c := *t; c.TODO = true; return &c }
func (t *T) Pass(d string) { t.Ok(true, d) }
func (t *T) Fail(d string) { t.Ok(false, d) }
func (t *T) Skip(n int, d string) {
	for i := 0; i < n; i++ {
		fmt.Fprintf(t.Writer, "ok %d # SKIP %s\n", *t.nextNum, d)
		*t.nextNum++
	}
}
func (t *T) Diagnostic(m string) {
	fmt.Fprintln(t.Writer, "# "+strings.ReplaceAll(m, "\n", "\n# "))
}
func (t *T) Diagnosticf(f string, a ...interface{}) { t.Diagnostic(fmt.Sprintf(f, a...)) }
func (t *T) YAML(v interface{}) error {
	b, err := json.MarshalIndent(v, "  ", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(t.Writer, "  ---\n  %s\n  ...\n", b)
	return nil
}
