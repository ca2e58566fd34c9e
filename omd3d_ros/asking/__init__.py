"""Questions while the map grows: who may ask, in which order, of which scene, until when.  No ROS in here."""
