package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func page(t *testing.T) string {
	t.Helper()
	in, err := os.Open("testdata/figures.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	f, err := parse(in)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	f.write(&out, about{date: "2026-03-01", runs: 10, versions: []string{"go 1.26.0", "example.org/peer v1.0.0"}})
	return out.String()
}

func TestPage(t *testing.T) {
	text := page(t)
	for _, line := range []string{
		"Measured 2026-03-01 on Some CPU with 4 cores; median of 10 interleaved runs.",
		"Versions: go 1.26.0, example.org/peer v1.0.0.",
		// Goals: kept, missed, and without figures.
		"| five layers: at most alice's time, within noise | 1.00 | met |",
		"| the usual stack costs at least 3 times ours, compressed | 4.00 | met |",
		"| the usual stack allocates at least 15 times as often, compressed | 11.25 | missed |",
		"| cached Basic: at most 3 allocations | | not measured |",
		// Ratios are to the best peer, which the limit is not.
		"| **surcoat**, sessions in a cookie | 0.25 | 1% | 20 | 2000 | 93 |",
		"| alice + chi Recoverer + gzhttp + scs | 1.00 | 3% | 225 | 10000 | 93 |",
		"| chi with its Compress + scs | 1.50 | 3% | 231 | 11000 | 96 |",
		"| *limit* | 0.20 | 1% | 1 | 256 | 93 |",
		"| alice | 1.00 | 2% | 0 | 0 |",
		// What is not about the time of a request, with what is there for orientation at the end.
		"| a file of 20 MiB: the bare handler's CPU time, within noise | 1.02 | met |",
		"| an idle stream in gzip: at most 1.1 MB above the bare handler | 1086 KB | met |",
		"| an idle stream of events: at most 64 KiB above the bare handler | 85 KB | missed |",
		"| **surcoat** | 1.02 | 4% |\n| caddy | 2.00 | 2% |\n| *bare handler* | 1.00 | 3% |",
		"| **surcoat**, EventStreams | 99 KB | 0% |",
		// Of several figures, each as a ratio to the same row's.
		"| **surcoat**, FastCGI | 1.00 | 2% | 1.10 | 1.50 |",
		"| FastCGI, net/http/fcgi | 2.50 | 2% | 2.00 | 3.00 |",
		"| behind nginx, FastCGI: at least twice net/http/fcgi's requests a second | 1.82 | missed |",
		"| FastCGI, net/http/fcgi | 780000 KB | 1% |",
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
	if strings.Index(text, "## Stack, gzip") > strings.Index(text, "## Chain5") {
		t.Error("Chain5 stands before Stack")
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestNothingMeasured(t *testing.T) {
	if _, err := parse(strings.NewReader("goos: linux\n,\n,sec/op,CI\nOther-4,1,1%\n")); err == nil {
		t.Error("no error for figures without a case of ours")
	}
}

// TestDescribed shows that the page says of each case what it is.
func TestDescribed(t *testing.T) {
	for _, g := range goals {
		for _, n := range g.needs {
			if place(n[0]) == len(cases) {
				t.Errorf("%q is not described", n[0])
			}
		}
	}
}
