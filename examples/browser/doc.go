// Package browser tests the pages of a home in a real browser: what a program
// that reads HTML cannot see. Accessibility on every page of the gallery, whole
// journeys by keyboard alone and without JavaScript, hostile content, attacks
// from another site. It holds tests only.
//
// It wants Chromium, and axe-core in node_modules; make browser fetches both.
package browser
