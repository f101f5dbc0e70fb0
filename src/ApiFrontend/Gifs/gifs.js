// Modules of pages with a GIF grid.
import './grid.js';
import './hearts.js';
import './lightbox.js';
