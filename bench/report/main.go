// Command report turns benchstat's figures into docs/benchmarks.md.
//
//	benchstat -format csv raw.txt | go run ./report -date 2026-03-01 -versions versions.txt >../docs/benchmarks.md
//
// It is run by scripts/bench. versions.txt has one "module version" a line, the first of
// them "go VERSION"; what is measured is described in [cases], what is promised in [goals].
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	date := flag.String("date", "", "day of the measurement, as 2026-03-01")
	versions := flag.String("versions", "", "file with a module and its version in each line")
	runs := flag.Int("runs", 0, "number of interleaved runs behind the figures")
	flag.Parse()
	if err := report(*date, *versions, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func report(date, versions string, runs int) error {
	list, err := os.ReadFile(versions)
	if err != nil {
		return err
	}
	f, err := parse(os.Stdin)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	f.write(out, about{date: date, runs: runs, versions: strings.Split(strings.TrimSpace(string(list)), "\n")})
	return out.Flush()
}
