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
	seconds = "sec/op"
	allocs  = "allocs/op"
	memory  = "B/op"
	body    = "body-B"
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

// isPeer tells the libraries from the rows that are there for orientation.
func (f *figures) isPeer(name, lib string) bool {
	switch lib {
	case "bare", "limit", "closures":
		return false
	case "gorilla": // has no layer that an untouched session could pass through
		return name != "SessionUntouched"
	}
	return !isOurs(lib)
}
