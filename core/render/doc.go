// Package render draws figures for people: charts as SVG, each with its title
// and the table of the same figures, as HTML that is safe to put on a page.
//
// A chart carries no style of its own, only classes: the page's style sheet
// knows both themes and print. It has no script and no address but those of
// records, which are links of the table, so that a chart can be read by eye, by
// ear, on paper and without JavaScript.
package render
