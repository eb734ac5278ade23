"""The sensors, each from its own module."""

from dropship_pipeline.orchestration.alerting import alert_sensor
from dropship_pipeline.orchestration.monthly_sensor import monthly_collection_sensor
from dropship_pipeline.orchestration.settlement import run_settlement_sensor

sensors = [monthly_collection_sensor, run_settlement_sensor, alert_sensor]
