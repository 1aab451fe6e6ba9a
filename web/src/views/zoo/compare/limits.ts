/** Networks that fit beside each other; the route takes no more. */
export const MOST_COMPARED = 6;
