// Package render draws for people: the views of apps, and charts as SVG, each
// with its title and the table of the same figures. What it returns is HTML
// that is safe to put on a page.
//
// Foreign text is plain, isolated and bounded; the only addresses are those
// that [Addresses] gives. Nothing carries a style of its own, only classes: the
// page's style sheet knows both themes and print. There is no script, so that a
// drawing can be read by eye, by ear, on paper and without JavaScript.
package render
