//go:build !unix

package front_test

import "os"

func block(*os.File) error { return nil }
