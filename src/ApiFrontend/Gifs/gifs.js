// What a page with a grid of GIFs needs.
import './grid.js';
import './hearts.js';
import './lightbox.js';
