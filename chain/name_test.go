package chain_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/buildtest"
)

// TestString builds a program whose chains print themselves, in the ways people
// build for production: what String says must not depend on them.
func TestString(t *testing.T) {
	want := strings.Join([]string{
		"main.Pointer",
		"main.Pointer.Other",
		"main.Value",
		"main.Generic",
		"main.layer",
		"main.plain",
		"main.generic",
		lineOf(t, "here: maker"),
		lineOf(t, "here: global"),
		lineOf(t, "here: literal"),
		"gadget.New",
		"yaml.v3.Layer",
		"chain.Chain.Then",
		"chain.when",
		"",
		"main.Pointer → main.Value → main.plain",
	}, "\n") + "\n"

	buildtest.Prints(t, "testdata/names", want)
}

// lineOf returns where the program says mark, as String shows a function literal.
func lineOf(t *testing.T, mark string) string {
	source, err := os.ReadFile("testdata/names/main.go")
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := strings.Cut(string(source), mark)
	if !found {
		t.Fatalf("the program does not say %q", mark)
	}
	return fmt.Sprintf("main.go:%d", strings.Count(before, "\n")+1)
}
