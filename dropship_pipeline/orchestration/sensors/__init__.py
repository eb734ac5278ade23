"""The sensors, each from its own module."""

from dropship_pipeline.orchestration.sensors.alerting import alert_sensor
from dropship_pipeline.orchestration.sensors.monthly import monthly_collection_sensor
from dropship_pipeline.orchestration.sensors.settlement import run_settlement_sensor

sensors = [monthly_collection_sensor, run_settlement_sensor, alert_sensor]
