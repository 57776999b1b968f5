"""Pictures of every page and state, on a desktop and a phone, light and dark: to be looked at, as no test can."""
