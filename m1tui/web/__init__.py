"""The app in browsers: one page, and for each that opens it a WebSocket and an app of its own.

What a browser draws with is textual-serve's: its terminal in JavaScript and its font. Of this
package only `server` and `browser` import aiohttp.
"""
