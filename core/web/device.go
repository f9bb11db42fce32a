package web

import "strings"

// deviceWords says in words what a browser calls itself: "Firefox, Android". A
// name that is none of a browser's stays as it is; it is foreign text.
func deviceWords(agent string) string {
	if !strings.HasPrefix(agent, "Mozilla/") {
		return agent
	}
	browser := firstOf(agent, "Browser", [][2]string{{"Firefox/", "Firefox"}, {"Edg", "Edge"}, {"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"}, {"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"FxiOS/", "Firefox"}, {"Safari/", "Safari"}})
	system := firstOf(agent, "", [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"},
		{"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}})
	if system == "" {
		return browser
	}
	return browser + ", " + system
}

// firstOf returns the name of the first mark that stands in text.
func firstOf(text, otherwise string, marks [][2]string) string {
	for _, m := range marks {
		if strings.Contains(text, m[0]) {
			return m[1]
		}
	}
	return otherwise
}
