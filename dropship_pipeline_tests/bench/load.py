"""What is collected in the measurements: the same for the project's worker, the reference loop and Dagster."""

QUERIES = (
    *("air fryer", "chef knife", "throw blanket", "makeup brushes", "smart watch"),
    *("pet water fountain", "rain jacket", "label maker", "whiteboard", "leather wallet"),
)
TOP_K = 20
PRODUCTS = len(QUERIES) * TOP_K  # a platform
API_LATENCY_MS = 300
IMAGE_LATENCY_MS = 40
WINDOW = 8
