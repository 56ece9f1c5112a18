/**
 * The socket benchmark's programs on this project's `helpers/socket`, while nothing is recorded.
 *
 * @module
 */
import { setRecording } from "../../helpers/record";
import "./helper";

setRecording(false);
