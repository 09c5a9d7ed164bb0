package main

type celsius float64

type number interface{ ~int | ~float64 }

//go:noinline
func sum[T number, S ~[]T](all S, by T) T {
	var total T
	pairs := map[string]S{"all": all}
	for _, v := range all {
		total += v * by
	}
	each := func(v T) { mark("sum closure") }
	each(total)
	mark("sum")
	_ = pairs
	return total
}

type box[K comparable, V any] struct {
	key   K
	value V
}

//go:noinline
func (b box[K, V]) open(n int) V {
	mark("open")
	return b.value
}

//go:noinline
func (b *box[K, V]) close() {
	held := *b
	mark("close")
	_ = held
}
