"""Imports of what a network program uses."""

import concurrent.futures
import http.client
import logging
import ssl
import subprocess

USED = concurrent.futures.ThreadPoolExecutor, http.client, logging, ssl, subprocess
