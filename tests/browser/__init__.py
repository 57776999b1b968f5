"""Stories of people in real browsers. A package, so that the browser ends with the last of them."""
