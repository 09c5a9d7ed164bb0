package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Units, as benchstat writes them.
const (
	seconds       = "sec/op"
	serverSeconds = "server-sec/op"
	appSeconds    = "app-sec/op"
	waitSeconds   = "p50-sec/op"
	slowSeconds   = "p99-sec/op"
	allocs        = "allocs/op"
	memory        = "B/op"
	streamBytes   = "B/stream"
	connBytes     = "B/conn"
	peakBytes     = "peak-B"
	body          = "body-B"
)

// figures are the medians of all runs.
type figures struct {
	cpu     string
	cores   string
	cases   []string            // in the order of the benchmark
	libs    map[string][]string // by case
	medians map[key]median
}

type key struct{ name, lib, unit string }

type median struct {
	value  float64
	spread string // of the 95 % confidence interval, as "3%"
}

// benchmark takes apart "Stack/coding=gzip/lib=usual-2".
var benchmark = regexp.MustCompile(`^(.+)/lib=(.+?)(?:-(\d+))?$`)

// parse reads benchstat's CSV: a table for each unit, each with the columns name,
// median and spread.
func parse(r io.Reader) (*figures, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1
	f := &figures{libs: map[string][]string{}, medians: map[key]median{}}
	unit := ""
	for {
		row, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if cpu, ok := strings.CutPrefix(row[0], "cpu: "); ok {
			f.cpu = cpu
			continue
		}
		if row[0] == "" && len(row) > 2 && row[2] == "CI" {
			unit = row[1]
			continue
		}
		m := benchmark.FindStringSubmatch(row[0])
		if m == nil || unit == "" || len(row) < 3 || row[1] == "" {
			continue
		}
		value, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", row[0], err)
		}
		f.add(key{m[1], m[2], unit}, median{value, row[2]})
		f.cores = m[3]
	}
	if len(f.cases) == 0 {
		return nil, errors.New("no benchmark named CASE/lib=LIBRARY in the input")
	}
	return f, nil
}

func (f *figures) add(k key, m median) {
	if _, known := f.libs[k.name]; !known {
		f.cases = append(f.cases, k.name)
	}
	if !slices.Contains(f.libs[k.name], k.lib) {
		f.libs[k.name] = append(f.libs[k.name], k.lib)
	}
	f.medians[k] = m
}

func (f *figures) has(name, lib string) bool { return slices.Contains(f.libs[name], lib) }

// of returns a median, and 0 for one that was not measured.
func (f *figures) of(name, lib, unit string) float64 { return f.medians[key{name, lib, unit}].value }

// any reports whether any row of a case has a figure in the unit.
func (f *figures) any(name, unit string) bool {
	return slices.ContainsFunc(f.libs[name], func(lib string) bool {
		_, measured := f.medians[key{name, lib, unit}]
		return measured
	})
}

// bestPeer returns the peer with the shortest time.
func (f *figures) bestPeer(name string) string {
	best := ""
	for _, lib := range f.libs[name] {
		if f.isPeer(name, lib) && (best == "" || f.of(name, lib, seconds) < f.of(name, best, seconds)) {
			best = lib
		}
	}
	return best
}

func isOurs(lib string) bool { return lib == "surcoat" || strings.HasPrefix(lib, "surcoat-") }

// isReference reports whether a row is there for orientation, and no library.
func isReference(lib string) bool { return lib == "bare" || lib == "limit" || lib == "closures" }

func (f *figures) isPeer(name, lib string) bool {
	if name == "SessionUntouched" && lib == "gorilla" {
		return false // has no layer that an untouched session could pass through
	}
	return !isOurs(lib) && !isReference(lib)
}
