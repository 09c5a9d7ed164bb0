package main

import (
	"context"
	"embed"
	"errors"
	"path"
	"strings"

	"github.com/surcoat/surcoat/examples/wiki/page"
)

//go:embed welcome
var first embed.FS

// welcome writes the pages that explain the wiki, unless it has any page already.
func welcome(ctx context.Context, pages *page.Store) error {
	if empty, err := pages.Empty(); err != nil || !empty {
		return err
	}
	files, err := first.ReadDir("welcome")
	if err != nil {
		return err
	}
	for _, f := range files {
		text, err := first.ReadFile(path.Join("welcome", f.Name()))
		if err != nil {
			return err
		}
		title, err := page.ParseTitle(strings.TrimSuffix(f.Name(), ".md"))
		if err != nil {
			return err
		}
		_, err = pages.Save(ctx, page.Draft{Title: title, Text: string(text), Author: "Surcoat", Note: "the first start"})
		// Another process may be starting in the same folder.
		if conflict := new(page.Conflict); err != nil && !errors.As(err, &conflict) {
			return err
		}
	}
	return nil
}
